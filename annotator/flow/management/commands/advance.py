"""`advance`: the sweep, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from annotator.catalog.queries import project_by_slug
from annotator.flow.console import ConsoleCommand, Outcome
from annotator.flow.plan import BATCH
from annotator.flow.steps import advance
from annotator.flow.tally import Tally
from annotator.flow.tasks import run_sweep
from annotator.intake.queries import item_ids


class Command(ConsoleCommand):
    """Moves items on as far as their votes allow; safe at any time."""

    help = "Heal what rested; with --project also look at each of its items."

    def arguments(self, parser: CommandParser) -> None:
        """Add the project."""
        parser.add_argument("--project", metavar="P")

    def perform(self, options: Mapping[str, Any]) -> Outcome:
        """Sweep, then advance the project's items."""
        healed = run_sweep()
        total = Tally()
        if options["project"]:
            project = project_by_slug(options["project"])
            ids = item_ids(project.id)
            bar = self.progress("advancing items")
            for start in range(0, len(ids), BATCH):
                total.add(advance(project, ids[start : start + BATCH]))
                bar.step(min(start + BATCH, len(ids)), len(ids))
        result = {**healed, **asdict(total)}
        words = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in result.items())
        return Outcome(result, words)
