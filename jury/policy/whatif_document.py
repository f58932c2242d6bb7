"""A what-if report as JSON: the keys that commands, jobs and pages share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jury.policy.rates import Rates
from jury.policy.whatif import Expected, Report, Row, State, moved, words_of

OUTCOMES = ("settled", "reannotate", "adjudicate", "waiting")
LEFT_OUT = (
    "{units:,} units are left out of these sums: their question has no safe and unsafe, so nothing is "
    "expected of further answers."
)
Labels = Mapping[str, Iterable[tuple[str, str]]]
"""By question: (value, how it reads)."""


def document(report: Report, labels: Labels) -> dict[str, object]:
    """Return a report's rows and totals, JSON-clean; what is undefined is None with a reason."""
    rows = [_row(state, row, report, labels) for state, row in report.rows.items()]
    spent = _spent(report)
    totals = _figures(report.totals) | {
        "left_out": report.totals.left_out,
        "hours": spent[0],
        "money": spent[1],
        "moved": [
            {"now": now, "then": then, "units": units}
            for (now, then), units in sorted(moved(report).items())
            if now != then
        ],
        "reason": _reasons(report.totals, report.rates),
    }
    return {
        "units": report.units,
        "rows": rows,
        "totals": totals,
        "basis": [
            {
                "target": target,
                "question": question,
                "from": belief.basis,
                "words": belief.words,
                "fit": belief.fit.digest if belief.basis != "flat" else None,
            }
            for (target, question), belief in sorted(report.beliefs.items())
        ],
        "seconds_measured": report.rates.measured,
    }


def _row(state: State, row: Row, report: Report, labels: Labels) -> dict[str, object]:
    hours = None if row.labels is None else report.rates.hours(row.labels, state.target)
    money = None if row.labels is None else report.rates.money(row.labels, hours)
    return {
        "target": state.target,
        "question": state.question,
        "state": words_of(state, labels.get(state.question, ())),
        "votes": dict(state.votes),
        "jury": dict(state.jury),
        "by_lead": state.lead,
        "drawn": state.drawn,
        "now": state.now,
        "gain": row.gain,
        **_figures(row),
        "hours": hours,
        "money": money,
        "reason": _reasons(row, report.rates),
    }


def _figures(row: Row) -> dict[str, object]:
    return {
        "units": row.units,
        "then": {outcome: row.outcomes[outcome] for outcome in OUTCOMES},
        "labels": row.labels,
        "leads": row.leads,
        "changed_now": row.changed_now,
        "changed": _expected(row.changed),
    }


def _expected(found: Expected | None) -> dict[str, object] | None:
    return None if found is None else {"value": found.value, "ci95": [found.low, found.high]}


def _reasons(row: Row, rates: Rates) -> dict[str, str]:
    found = {"labels": row.reason, "leads": row.reason, "changed": row.reason}
    found |= {"hours": row.reason or rates.no_hours, "money": row.reason or rates.no_money}
    if row.left_out and not row.reason:
        found["left_out"] = LEFT_OUT.format(units=row.left_out)
    return {name: why for name, why in found.items() if why}


def _spent(report: Report) -> tuple[float | None, float | None]:
    """Return the hours and the money of all rows together."""
    hours = money = 0.0
    if report.totals.labels is None:
        return None, None
    for state, row in report.rows.items():
        labels = row.labels or 0.0
        took = report.rates.hours(labels, state.target)
        cost = report.rates.money(labels, took)
        hours += took or 0.0
        money += cost or 0.0
    return (
        None if report.rates.no_hours else hours,
        None if report.rates.no_money else money,
    )
