"""`import_votes FILE --project P`: votes that were given elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotator.catalog.queries import project_by_slug
from annotator.flow.console import ConsoleCommand, Outcome
from annotator.flow.stored_votes import import_votes


class Command(ConsoleCommand):
    """Import votes of people and jurors; the same file again adds nothing."""

    help = "Import votes from CSV, JSONL (each also .gz) or Parquet."

    def arguments(self, parser: CommandParser) -> None:
        """Add the file and where its items are."""
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--project", required=True)
        parser.add_argument("--batch", type=int, help="look only at the items of this import")
        parser.add_argument("--errors", type=Path, help="where rejected rows are explained")

    def perform(self, options: Mapping[str, Any]) -> Outcome:
        """Import the file and say what became of its rows."""
        report = import_votes(
            options["file"],
            project=project_by_slug(options["project"]),
            batch=options["batch"],
            errors=options["errors"],
            progress=self.progress("votes"),
        )
        words = (
            f"{report.rows:,} rows: {report.imported:,} imported, {report.already_present:,}"
            f" already present, {report.rejected:,} rejected; {report.raters:,} raters."
        )
        failures = ""
        if report.rejected:
            failures = f"{report.rejected:,} rows rejected; see {report.errors_file}"
        return Outcome(report.document(), words=words, failures=failures)
