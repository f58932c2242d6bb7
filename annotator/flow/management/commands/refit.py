"""`refit`: fit the panel on a project's votes and propose what is new."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from annotator.catalog.queries import project_by_slug
from annotator.flow.console import ConsoleCommand, Outcome
from annotator.flow.refits import propose_fits, require_panel
from annotator.quality.queries.runs import FitView


class Command(ConsoleCommand):
    """Proposes; `apply_policy --fits` accepts."""

    help = "Fit the panel policy on a project's own votes; proposes, changes nothing."

    def arguments(self, parser: CommandParser) -> None:
        """Add the project."""
        parser.add_argument("--project", required=True, metavar="P")

    def perform(self, options: Mapping[str, Any]) -> Outcome:
        """Fit and propose."""
        project = project_by_slug(options["project"])
        require_panel(project)
        made = propose_fits(project, progress=self.progress("reading items"))
        lines = [_line(fit) for fit in made] or ["Nothing new to propose."]
        return Outcome({"proposed": [_document(fit) for fit in made]}, "\n".join(lines))


def _document(fit: FitView) -> dict[str, object]:
    return {
        "target": fit.target,
        "question": fit.question,
        "digest": fit.digest,
        "units": fit.units,
        "votes": fit.votes,
        "weight": fit.weight,
        "patterns": [dict(pattern) for pattern in fit.patterns],
        "held_out": dict(fit.held_out),
        "reliability": fit.reliability,
        "reason": {"reliability": fit.no_reliability} if fit.no_reliability else {},
    }


def _line(fit: FitView) -> str:
    held = fit.held_out
    return (
        f"{fit.target} {fit.question}: {fit.units:,} units, {fit.votes:,} votes, the jury believed "
        f"{fit.weight:.0%}; held-out log-likelihood a unit {held['patterns']:.4f}, "
        f"without the jury {held['overall']:.4f}"
    )
