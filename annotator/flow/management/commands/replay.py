"""`manage replay --votes FILE`: what another policy would have cost, without a database."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from django.core.management.base import CommandParser

from annotator.core.errors import Invalid
from annotator.core.votefile import read_votes
from annotator.flow.console import ConsoleCommand, Outcome, joined, listed
from jury.agreement.errors import VotesError
from jury.policy.panel.stop import MOST_VOTES
from jury.policy.replay.case import Jury, SimulatedJury, read_case
from jury.policy.replay.report import replay
from jury.policy.replay.rules import PanelRule
from jury.policy.replay.run import ReplayPlan

_MOST_JURORS: Final = 99


class Command(ConsoleCommand):
    """Fixed, curtailed and panel policy on the same stored votes."""

    help = "What fixed, curtailed and panel policy cost on stored votes (item,rater,label[,kind])."

    def arguments(self, parser: CommandParser) -> None:
        """Add the file, what counts as positive, the fixed rules and the jury."""
        parser.add_argument("--votes", type=Path, required=True, help="CSV or JSONL, also .gz")
        parser.add_argument(
            "--positive", type=listed, required=True, help="labels that count as positive: A,B"
        )
        parser.add_argument("--k", type=listed, default=["3", "5", "7"], help="fixed votes: 3,5,7")
        parser.add_argument("--seeds", type=int, default=8, help="runs, each in its own order")
        parser.add_argument("--jury", help="simulated:N,ACCURACY,SHARED or votes")
        parser.add_argument("--max-votes", type=int, default=11, help="most votes of the panel")
        parser.add_argument(
            "--missing", type=listed, default=[], help="labels that mean 'no answer', beside ''"
        )
        parser.add_argument(
            "--duplicates",
            choices=["refuse", "first", "last"],
            default="refuse",
            help="which of two votes of a rater on an item is kept",
        )

    def run_from_argv(self, argv: list[str]) -> None:
        """Run; lets `--positive -3,-2` be written as two words."""
        super().run_from_argv(joined(argv, "--positive", "--missing"))

    def perform(self, options: Mapping[str, Any]) -> Outcome:
        """Return the report."""
        plan = _plan(options)
        try:
            jury = _jury(options["jury"])
            case = read_case(
                read_votes(options["votes"]),
                positive=options["positive"],
                missing=options["missing"],
                duplicates=options["duplicates"],
            )
            found = replay(case, jury, plan)
        except VotesError as error:
            message = f"{options['votes'].name}: {error}"
            raise Invalid(message) from error
        return Outcome(found, _words(found))


def _plan(options: Mapping[str, Any]) -> ReplayPlan:
    try:
        ks = tuple(dict.fromkeys(int(each) for each in options["k"]))
    except ValueError:
        ks = ()
    if not ks or not all(1 <= k <= MOST_VOTES for k in ks):
        message = f"--k needs whole numbers from 1 to {MOST_VOTES}, such as 3,5,7."
        raise Invalid(message)
    for name in ("seeds", "max_votes"):
        most = 1000 if name == "seeds" else MOST_VOTES
        if not 1 <= options[name] <= most:
            message = f"--{name.replace('_', '-')} must be from 1 to {most}."
            raise Invalid(message)
    rule = PanelRule(max_votes=options["max_votes"])
    return ReplayPlan(ks, options["seeds"], rule)


def _jury(text: str | None) -> Jury:
    if text is None:
        return None
    if text == "votes":
        return "votes"
    kind, _, numbers = text.partition(":")
    try:
        many, accuracy, shared = numbers.split(",")
        count, right, common = int(many), float(accuracy), float(shared)
    except ValueError:
        kind, count, right, common = "", 0, 0.0, 0.0
    if kind != "simulated" or not 1 <= count <= _MOST_JURORS:
        message = (
            "--jury must be votes or simulated:N,ACCURACY,SHARED, such as simulated:3,0.7,0.4 "
            f"(N from 1 to {_MOST_JURORS})."
        )
        raise Invalid(message)
    return SimulatedJury((right,) * count, common)


def _words(found: Mapping[str, Any]) -> str:
    alone = found["jury_alone"]
    jury = f"{alone:.4f} balanced accuracy" if alone is not None else found["reason"]["jury_alone"]
    head = f"{found['truth_units']:,} units with a truth · {found['positive_rate']:.1%} positive"
    lines = [
        f"{head} · always the larger class: {found['constant_baseline']:.1%} right",
        f"jury alone: {jury}",
        "",
        f"{'':<14}{'labels':>10}{'saving':>9}{'balanced':>10}{'F1':>8}{'accuracy':>10}",
    ]
    for k, one in found["k"].items():
        low, high = one["policy"]["saving_ci95"]
        lines.append(f"{'fixed ' + k:<14}{_row(one['fixed'])}")
        lines.append(f"{'  curtailed':<14}{_row(one['curtailed'])}   same answers")
        least, most = one["policy"]["gap_ci95"]
        lines.append(
            f"{'  panel':<14}{_row(one['policy'])}   cost {one['policy']['cost']:.4f}, "
            f"saving {low:.1%} to {high:.1%}, balanced accuracy {one['policy']['gap']:+.4f} "
            f"({least:+.4f} to {most:+.4f}) against fixed"
        )
    return "\n".join(lines)


def _row(one: Mapping[str, float]) -> str:
    saving = f"{one['saving']:.1%}" if "saving" in one else ""
    text = f"{one['labels']:>10,.0f}{saving:>9}"
    if "f1" in one:
        text += f"{one['balanced_accuracy']:>10.4f}{one['f1']:>8.4f}{one['accuracy']:>10.4f}"
    return text
