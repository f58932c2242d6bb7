"""`sample --seed N`: build the sample project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from annotator.flow.console import ConsoleCommand, Outcome
from annotator.sample.builder import build


class Command(ConsoleCommand):
    """Build the sample project unless it stands."""

    help = "Build the sample project: simulated people, scripted jurors, planted facts."

    def arguments(self, parser: CommandParser) -> None:
        """Add the seed."""
        parser.add_argument("--seed", type=int, default=1, help="of all its draws (default: 1)")

    def perform(self, options: Mapping[str, Any]) -> Outcome:
        """Build and say what stands."""
        built = build(options["seed"])
        words = f"{built.items} interactions in the project “sample”, seed {built.seed}."
        if not built.created:
            words = f"The sample stands already: {words}"
        return Outcome(built.document(), words=words)
