"""`recount`: all counts of a project, made anew from what they count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from annotator.catalog.queries import project_by_slug
from annotator.flow import recounting
from annotator.flow.console import ConsoleCommand, Outcome


class Command(ConsoleCommand):
    """Makes the counts anew: after rows came by SQL, or where verify finds counts that differ."""

    help = "Make a project's counts anew, of states and behind agreement; safe at any time."

    def arguments(self, parser: CommandParser) -> None:
        """Add the project."""
        parser.add_argument("--project", metavar="P", required=True)

    def perform(self, options: Mapping[str, Any]) -> Outcome:
        """Count."""
        project = project_by_slug(options["project"])
        recounting.recount(project)
        found = recounting.told(project)
        return Outcome(found, ", ".join(f"{name} {n:,}" for name, n in found.items()))
