"""`recount`: make the counts behind agreement anew from the votes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from annotator.catalog.queries import project_by_slug
from annotator.flow.console import ConsoleCommand, Outcome
from annotator.flow.recount import recount
from annotator.quality.queries.recount import folded_rows


class Command(ConsoleCommand):
    """Mends what `verify` finds of `pattern_count` and `pattern_part`."""

    help = "Make the counts behind agreement anew from the votes; safe while people vote."

    def arguments(self, parser: CommandParser) -> None:
        """Add the project."""
        parser.add_argument("--project", required=True, metavar="P")

    def perform(self, options: Mapping[str, Any]) -> Outcome:
        """Count."""
        project = project_by_slug(options["project"])
        pending = recount(project, progress=self.progress("reading units"))
        rows = folded_rows(project)
        words = f"counted anew: {rows:,} rows, {pending:,} pending changes taken in"
        return Outcome({"project": project.slug, "rows": rows, "pending": pending}, words)
