"""`lift_set_aside`: let answers that were set aside count again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from annotator.catalog.queries import project_by_slug
from annotator.flow import asides
from annotator.flow.console import ConsoleCommand, Outcome


class Command(ConsoleCommand):
    """Decides again what they concern; no answer that came meanwhile is dropped."""

    help = "Let answers that were set aside count again."

    def arguments(self, parser: CommandParser) -> None:
        """Add the project and the set-aside."""
        parser.add_argument("--project", required=True, metavar="P")
        parser.add_argument(
            "id",
            metavar="ID",
            help="as `set_aside --list` shows it; after -- where it begins with a hyphen",
        )

    def perform(self, options: Mapping[str, Any]) -> Outcome:
        """Lift, and work the run off here."""
        project = project_by_slug(options["project"])
        run = asides.begin_lifting(project, options["id"]).pk
        counts = asides.carry_on(run, progress=self.progress("deciding again"))
        said = ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in counts.items())
        return Outcome({"id": options["id"], "run": run, **counts}, f"Decided again: {said}.")
