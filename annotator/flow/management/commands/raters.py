"""`manage raters --votes FILE`: Dawid-Skene's view of each rater, without a database."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotator.core.errors import Invalid
from annotator.core.votefile import read_votes
from annotator.flow.console import ConsoleCommand, Outcome, joined, listed
from jury.agreement.errors import VotesError
from jury.agreement.raters import raters_report


class Command(ConsoleCommand):
    """A diagnosis of the raters of a file of votes, never the truth of its items."""

    help = "Each rater's accuracy and confusion by Dawid-Skene (item,rater,label[,kind])."

    def run_from_argv(self, argv: list[str]) -> None:
        """Run; lets `--missing -1,?` be written as two words."""
        super().run_from_argv(joined(argv, "--missing"))

    def arguments(self, parser: CommandParser) -> None:
        """Add the file and how its rows are read."""
        parser.add_argument("--votes", type=Path, required=True, help="CSV or JSONL, also .gz")
        parser.add_argument(
            "--missing",
            type=listed,
            default=[],
            help="labels that mean 'no answer', beside ''",
        )
        parser.add_argument(
            "--duplicates",
            choices=["refuse", "first", "last"],
            default="refuse",
            help="which of two votes of a rater on an item is kept",
        )

    def perform(self, options: Mapping[str, Any]) -> Outcome:
        """Return the report."""
        votes = read_votes(options["votes"])
        try:
            found = raters_report(
                votes, missing=options["missing"], duplicates=options["duplicates"]
            )
        except VotesError as error:
            message = f"{options['votes'].name}: {error}"
            raise Invalid(message) from error
        return Outcome(found, _words(found))


def _words(found: Mapping[str, Any]) -> str:
    steps = max(0, len(found["log_likelihood"]) - 1)
    state = "converged" if found["converged"] else "not converged"
    lines = [
        f"{len(found['units']):,} units · {state} after {steps} steps",
        "A diagnosis of raters by a model of the votes; it is not the truth of the units.",
        "",
        f"{'rater':<24}{'labels':>8}{'accuracy':>10}{'distinction':>13}",
    ]
    lines += [
        f"{name:<24}{one['n']:>8,}{one['accuracy']:>10.4f}{_number(one['distinction']):>13}"
        for name, one in found["raters"].items()
    ]
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
