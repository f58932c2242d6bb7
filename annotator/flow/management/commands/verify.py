"""`verify`: recompute everything derived from the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from annotator.catalog.queries import project_by_slug
from annotator.flow.console import ConsoleCommand, Outcome
from annotator.flow.verify import verify, verify_all


class Command(ConsoleCommand):
    """Changes nothing; exit 1 where anything differs."""

    help = "Recompute decisions, rulings, coefficients and digests; report what differs."

    def arguments(self, parser: CommandParser) -> None:
        """Add the project."""
        parser.add_argument("--project", metavar="P", help="one project; without it all")

    def perform(self, options: Mapping[str, Any]) -> Outcome:
        """Verify."""
        slug = options["project"]
        bar = self.progress("verifying items")
        every = not slug
        total = verify_all(progress=bar) if every else verify(project_by_slug(slug), progress=bar)
        counted = ", ".join(f"{kind} {n}" for kind, n in total.checked.items())
        words = f"differences {total.differences}; checked: {counted}"
        failures = f"{total.differences} differences." if total.differences else ""
        return Outcome(total.document(), words, failures)
