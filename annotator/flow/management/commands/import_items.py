"""`import_items FILE --project P`: items of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotator.catalog.queries import project_by_slug
from annotator.core.errors import Invalid
from annotator.flow.console import ConsoleCommand, Outcome
from annotator.flow.intake import import_items


class Command(ConsoleCommand):
    """Import interactions; the same file again adds nothing."""

    help = "Import items from JSONL, JSON, CSV (each also .gz) or Parquet."

    def arguments(self, parser: CommandParser) -> None:
        """Add the file and how to read it."""
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--project", required=True)
        parser.add_argument(
            "--map",
            action="extend",
            nargs="+",
            default=[],
            metavar="ours=theirs",
            help="our field = the file's column",
        )
        parser.add_argument("--strict", action="store_true", help="one bad row refuses the file")
        parser.add_argument("--repeat", action="store_true", help="import present rows again")
        parser.add_argument("--errors", type=Path, help="where rejected rows are explained")

    def perform(self, options: Mapping[str, Any]) -> Outcome:
        """Import the file and say what became of its rows."""
        report = import_items(
            options["file"],
            project=project_by_slug(options["project"]),
            mapping=read_mapping(options["map"]),
            strict=options["strict"],
            repeat=options["repeat"],
            errors=options["errors"],
            progress=self.progress("rows"),
        )
        words = (
            f"{report.rows:,} rows: {report.imported:,} imported, {report.already_present:,}"
            f" already present, {report.rejected:,} rejected; {report.id_reused:,} ids reused,"
            f" {report.duplicate_text:,} texts repeated."
        )
        failures = ""
        if report.rejected:
            failures = f"{report.rejected:,} rows rejected; see {report.errors_file}"
        return Outcome(report.document(), words=words, failures=failures)


def read_mapping(pairs: Sequence[str]) -> dict[str, str]:
    """Return `ours=theirs` pairs as a mapping; raises Invalid."""
    found: dict[str, str] = {}
    for pair in pairs:
        ours, equals, theirs = pair.partition("=")
        if not (ours and equals and theirs) or ours in found:
            message = f"--map {pair}: write ours=theirs, each of ours once."
            raise Invalid(message, fields={"map": message})
        found[ours] = theirs
    return found
