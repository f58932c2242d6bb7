"""`recount`: all counts of a project, made anew from what they count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from annotator.catalog.queries import project_by_slug
from annotator.flow.console import ConsoleCommand, Outcome
from annotator.flow.recounting import recount, told
from annotator.quality.queries.recount import folded_rows


class Command(ConsoleCommand):
    """Makes the counts anew: after rows came by SQL, or where verify finds counts that differ."""

    help = "Make a project's counts anew, of states and behind agreement; safe while people work."

    def arguments(self, parser: CommandParser) -> None:
        """Add the project."""
        parser.add_argument("--project", required=True, metavar="P")

    def perform(self, options: Mapping[str, Any]) -> Outcome:
        """Count."""
        project = project_by_slug(options["project"])
        pending = recount(project, progress=self.progress("reading units"))
        rows, found = folded_rows(project), told(project)
        told_states = ", ".join(f"{n:,} {name}" for name, n in found.items())
        words = f"counted anew: {told_states}; {rows:,} rows of patterns, {pending:,} pending changes taken in"
        return Outcome({"project": project.slug, "rows": rows, "pending": pending, **found}, words)
