"""`manage agreement --votes FILE`: every coefficient of a file of votes, without a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotator.catalog.presets import PresetError, load_taxonomy
from annotator.core.errors import Invalid
from annotator.core.votefile import read_votes
from annotator.flow.console import ConsoleCommand, Outcome, joined, listed
from jury.agreement.errors import VotesError
from jury.agreement.levels import parents_of
from jury.agreement.report import report
from jury.agreement.rows import EMPTY_SET, VoteRow, members
from jury.agreement.scales import COEFFICIENTS, TREE


class Command(ConsoleCommand):
    """Agreement among the raters of a file of votes."""

    help = "Agreement among the raters of a file of votes (item,rater,label[,kind])."

    def run_from_argv(self, argv: list[str]) -> None:
        """Run; lets `--order -3,-2,-1` be written as two words."""
        super().run_from_argv(joined(argv, "--order", "--missing"))

    def arguments(self, parser: CommandParser) -> None:
        """Add the file, the scale of its labels, and the draws."""
        parser.add_argument("--votes", type=Path, required=True, help="CSV or JSONL, also .gz")
        parser.add_argument("--order", type=listed, help="values from lowest to highest: A,B,C")
        parser.add_argument("--sets", help="separator of set-valued labels, such as '|'")
        parser.add_argument(
            "--taxonomy",
            help="preset@version, or a file, whose ids the labels are: adds the tree's alpha",
        )
        parser.add_argument(
            "--missing", type=listed, default=[], help="labels that mean 'no answer', beside ''"
        )
        parser.add_argument("--bootstrap", type=_count, default=1000, help="replicates")
        parser.add_argument("--seed", type=_count, default=0, help="of the replicates")
        parser.add_argument(
            "--duplicates",
            choices=["refuse", "first", "last"],
            default="refuse",
            help="which of two votes of a rater on an item is kept",
        )

    def perform(self, options: Mapping[str, Any]) -> Outcome:
        """Return the report."""
        if options["sets"] == "":
            raise Invalid("--sets needs a separator, such as '|'.")
        votes = read_votes(options["votes"])
        names = ("order", "sets", "missing", "bootstrap", "seed", "duplicates")
        chosen = {name: options[name] for name in names}
        try:
            found = report(votes, parents=_parents(options, votes), **chosen)
        except VotesError as error:
            message = f"{options['votes'].name}: {error}"
            raise Invalid(message) from error
        return Outcome(found, _words(found))


def _parents(options: Mapping[str, Any], votes: Sequence[VoteRow]) -> Mapping[str, str] | None:
    """Return the parent of each category of the taxonomy, None without one.

    A label that is none of its ids would silently stand alone in the tree, so it is refused.
    """
    if options["taxonomy"] is None:
        return None
    try:
        taxonomy = load_taxonomy(options["taxonomy"])
    except PresetError as error:
        raise Invalid(str(error)) from error
    sets, missing = options["sets"], {"", *options["missing"]}
    for vote in votes:
        if vote.label in missing:
            continue
        named = (vote.label,) if sets is None else members(vote.label, sets)
        unknown = taxonomy.validate(name for name in named if name != EMPTY_SET)
        if unknown:
            message = f"line {vote.line}: {unknown[0]!r} is no category of {taxonomy.ref}"
            raise Invalid(message)
    return parents_of(taxonomy)


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def _words(found: Mapping[str, Any]) -> str:
    head = f"{found['units']:,} units · {found['raters']:,} raters · {found['labels']:,} labels"
    lines = [head, "", f"{'coefficient':<20}{'value':>9}   95 % interval"]
    for name in (*COEFFICIENTS, *({TREE} & set(found))):
        why = found["reason"].get(name, "")
        lines.append(f"{name:<20}{_number(found[name]):>9}   {why or _span(found['ci95'][name])}")
    cohen = found["cohen_kappa"]
    lines.append(f"{'cohen_kappa':<20}{_number(cohen['mean']):>9}   mean of {cohen['pairs']} pairs")
    for kind, value in found["by_kind"].items():
        lines.append(
            f"{kind:<20}{_number(value):>9}   {found['reason'].get(f'by_kind.{kind}', '')}"
        )
    lines += ["", f"{'value':<20}{'alpha':>9}{'n':>10}{'share':>9}"]
    for name, one in found["per_category"].items():
        alpha, share = _number(one["alpha"]), _number(one["prevalence"])
        lines.append(f"{name:<20}{alpha:>9}{one['n']:>10,}{share:>9}")
    return "\n".join(line.rstrip() for line in lines)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _span(ends: list[float] | None) -> str:
    return "-" if ends is None else f"{ends[0]:.4f} to {ends[1]:.4f}"
