"""`rollback_policy`: the policy and the decisions before the last apply_policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from annotator.catalog.queries import project_by_slug
from annotator.core.errors import Conflict
from annotator.flow.console import ConsoleCommand, Outcome
from annotator.flow.redecide import begin_rolling_back, carry_back
from annotator.quality.queries.runs import runs


class Command(ConsoleCommand):
    """Possible until somebody has had a seat that the policy opened; else exit 4."""

    help = "Put the policy and the decisions before the last apply_policy into force again."

    def arguments(self, parser: CommandParser) -> None:
        """Add the project."""
        parser.add_argument("--project", required=True, metavar="P")

    def perform(self, options: Mapping[str, Any]) -> Outcome:
        """Roll back, or go on with a roll-back that was interrupted."""
        project = project_by_slug(options["project"])
        latest = next(iter(runs(project.id, limit=1)), None)
        if latest is None:
            raise Conflict("No policy was applied over decisions here; there is nothing to undo.")
        if latest.state != "rolling_back":
            begin_rolling_back(project, latest.id)
        counts = carry_back(latest.id, progress=self.progress("restoring decisions"))
        version = project_by_slug(project.slug).policy.version
        result = {"run": latest.id, "version": version, **counts}
        words = (
            f"Version {version} is in force again: {counts.get('restored', 0)} decisions restored."
        )
        return Outcome(result, words)
