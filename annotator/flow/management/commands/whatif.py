"""`whatif`: what another policy would do with the votes, before anything is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.management.base import CommandParser

from annotator.catalog.queries import project_by_slug
from annotator.flow.console import ConsoleCommand, Outcome
from annotator.flow.management.policies import options_from, policy_arguments
from annotator.flow.whatif import what_if, wish


class Command(ConsoleCommand):
    """Reports units to be labeled again, labels, hours, money and changed rulings."""

    help = "What another policy would do with a project's votes; changes nothing."

    def arguments(self, parser: CommandParser) -> None:
        """Add the project, the policy and its options."""
        policy_arguments(parser)
        parser.add_argument(
            "--prices", action="store_true", help="also at other prices of a label (panel)"
        )

    def perform(self, options: Mapping[str, Any]) -> Outcome:
        """Report."""
        project = project_by_slug(options["project"])
        wanted = wish(project, options["policy"], options_from(options["option"]))
        bar = self.progress("reading items")
        found = what_if(project, wanted, slider=options["prices"], progress=bar)
        return Outcome(found, "\n".join(_lines(found)))


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"{found['units']:,} units under {found['policy']['name']}"
    yield f"{'votes':<54}{'units':>8}  {'now':<11}{'settle':>8}{'again':>8}{'lead':>8}{'labels':>9}"
    for row in found["rows"]:
        then = row["then"]
        place = f"{row['target']} {row['question']}: {row['state']}"
        yield (
            f"{place[:53]:<54}{row['units']:>8,}  {row['now']:<11}{then['settled']:>8,}"
            f"{then['reannotate']:>8,}{then['adjudicate']:>8,}{_number(row['labels']):>9}"
        )
    totals = found["totals"]
    changed = totals["changed"]
    low, high = changed["ci95"] if changed else (None, None)
    yield (
        f"all: labels {_number(totals['labels'])}, hours {_number(totals['hours'])}, "
        f"money {_number(totals['money'])}, leads {_number(totals['leads'])}"
    )
    if found["seconds_measured"]:
        yield f"hours: by the median active seconds of {found['seconds_measured']:,} answers"
    interval = f" ({low:,.0f} to {high:,.0f})" if changed else ""
    value = _number(changed["value"] if changed else None)
    yield f"rulings expected to change: {value}{interval}, at once {totals['changed_now']:,}"
    for name, why in totals["reason"].items():
        yield why if name == "left_out" else f"no {name}: {why}"
    for basis in found["basis"]:
        yield f"{basis['target']} {basis['question']}: {basis['words']}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.1f}"
