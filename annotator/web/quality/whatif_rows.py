"""What-if figures in the shapes that the page and its slider want: ready to be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotator.catalog.queries import ProjectView
from annotator.web.templatetags.figures import money

DASH: Final = "–"  # noqa: RUF001 - nothing, in a column of figures
TAGS: Final = {"settled": "safe", "reannotate": "caution", "adjudicate": "unsafe", "waiting": ""}


@dataclass(frozen=True, slots=True)
class Tag:
    """An outcome as a coloured word, with how many units where they do not all share it."""

    tag: str
    words: str
    n: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one row, or of all."""

    then: tuple[Tag, ...]
    gain: str
    labels: str
    hours: str
    money: str
    changed: str
    interval: str
    differs: bool


@dataclass(frozen=True, slots=True)
class StateRow:
    """A vote state."""

    state: str
    by_lead: bool
    units: int
    now: Tag
    figures: Figures


@dataclass(frozen=True, slots=True)
class Shown:
    """A what-if report as the page shows it."""

    groups: tuple[tuple[str, tuple[StateRow, ...]], ...]
    totals: Figures
    units: int
    moves: tuple[str, ...]
    again: int
    lead: int
    settled: int
    waiting: int
    changed_now: int
    leads: str
    reasons: tuple[str, ...]
    basis: tuple[str, ...]
    measured: int
    priced: bool
    stops: tuple[dict[str, object], ...]
    stop: int


def shown(project: ProjectView, report: Mapping[str, Any]) -> Shown:
    """Return a report (the keys of `whatif`) as the page shows it."""
    several = len({(row["target"], row["question"]) for row in report["rows"]}) > 1
    totals = report["totals"]
    then = totals["then"]
    return Shown(
        groups=tuple(
            (place if several else "", tuple(_row(row) for row in rows))
            for place, rows in groupby(
                report["rows"], lambda row: _place(project, row["target"], row["question"])
            )
        ),
        totals=_figures(totals, total=True),
        units=report["units"],
        moves=tuple(_move(move) for move in totals["moved"]),
        again=then["reannotate"],
        lead=then["adjudicate"],
        settled=then["settled"],
        waiting=then["waiting"],
        changed_now=totals["changed_now"],
        leads=_number(totals["leads"]),
        reasons=tuple(sorted(set(totals["reason"].values()))),
        basis=tuple(_basis(project, each) for each in report["basis"]),
        measured=report["seconds_measured"],
        priced=totals["money"] is not None,
        stops=tuple(_stop(stop) for stop in report["stops"]),
        stop=_nearest(report),
    )


def _row(row: Mapping[str, Any]) -> StateRow:
    return StateRow(
        state=row["state"],
        by_lead=row["by_lead"],
        units=row["units"],
        now=Tag(TAGS[row["now"]], _outcome(row["now"])),
        figures=_figures(row),
    )


def _figures(row: Mapping[str, Any], *, total: bool = False) -> Figures:
    outcomes = [(outcome, n) for outcome, n in row["then"].items() if n]
    mixed = len(outcomes) > 1
    changed = row["changed"]
    gain = row.get("gain")
    low, high = changed["ci95"] if changed else (0, 0)
    return Figures(
        then=tuple(
            Tag(TAGS[outcome], _outcome(outcome), f"{n:,}" if mixed or total else "")
            for outcome, n in outcomes
        ),
        gain=DASH if gain is None else f"{1000 * gain:,.0f}",
        labels=_number(row["labels"]),
        hours=_number(row["hours"], digits=1),
        money=DASH if not row["money"] else money(row["money"]),
        changed=_number(changed["value"] if changed else None, digits=1),
        interval=f"{low:,.0f}–{high:,.0f}" if high else "",  # noqa: RUF001 - a range
        differs=any(outcome != row.get("now", outcome) for outcome, _n in outcomes),
    )


def _number(value: float | None, digits: int = 0) -> str:
    """Return an expected number; a dash for nothing and for what is not known."""
    if not value:
        return DASH
    small = value < 10 and value != int(value)
    return f"{value:,.{max(digits, int(small))}f}"


def _stop(stop: Mapping[str, Any]) -> dict[str, object]:
    """Return the figures at one price of a label, for the slider's script."""
    then = stop["totals"]["then"]
    return {
        "labels": stop["labels_an_error"],
        "cost": f"{stop['cost']:.6g}",
        "rows": [asdict(_figures(row)) for row in stop["rows"]],
        "totals": asdict(_figures(stop["totals"], total=True)),
        "again": f"{then['reannotate']:,}",
        "lead": f"{then['adjudicate']:,}",
        "settled": f"{then['settled']:,}",
    }


def _nearest(report: Mapping[str, Any]) -> int:
    """Return the stop of the slider that is nearest to the policy's own price."""
    cost = report["policy"]["options"].get("cost")
    stops: Sequence[Mapping[str, Any]] = report["stops"]
    if not stops or not cost:
        return max(0, len(stops) - 1)
    return min(range(len(stops)), key=lambda at: abs(stops[at]["labels_an_error"] - 1 / cost))


def _move(move: Mapping[str, Any]) -> str:
    n = move["units"]
    text = ngettext("%(n)s unit: %(now)s → %(then)s", "%(n)s units: %(now)s → %(then)s", n)
    now, then = _outcome(move["now"]), _outcome(move["then"])
    return text % {"n": f"{n:,}", "now": now.lower(), "then": then.lower()}


def _outcome(outcome: str) -> str:
    return {
        "settled": _("Settled"),
        "reannotate": _("Label again"),
        "adjudicate": _("With a lead"),
        "waiting": _("Waiting"),
    }[outcome]


def _basis(project: ProjectView, each: Mapping[str, Any]) -> str:
    return f"{_place(project, each['target'], each['question'])}: {each['words']}"


def _place(project: ProjectView, target: str, question: str) -> str:
    title = project.target(target).title
    found = next((q for q in project.questions_for(target) if q.key == question), None)
    asked = _(found.title) if found else question
    return f"{title}, {asked.lower()}" if len(project.questions) > 1 else title
