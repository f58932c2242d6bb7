"""The two reports of the statistics commands: plain JSON values from rows of votes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from jury.agreement.alpha import Nominal, interval, jaccard, masi, ordinal, set_distance
from jury.agreement.coefficients import NO_ORDER
from jury.agreement.columns import Columns, Floats, columns
from jury.agreement.diagnostics import DawidSkene, dawid_skene
from jury.agreement.interval import Interval, intervals
from jury.agreement.kappa import (
    Fleiss,
    GwetAC1,
    PercentAgreement,
    between_groups,
    cohen_mean,
    modal_raters,
)
from jury.agreement.rows import Duplicates, VoteRow, clean, members, natural_order
from jury.agreement.sides import Sides
from jury.agreement.statistic import Coefficient, Statistic, evaluate
from jury.agreement.table import PatternTable, table_from_columns
from jury.agreement.tree import tree

COEFFICIENTS: Final = (
    "percent_agreement",
    "alpha_nominal",
    "alpha_ordinal",
    "alpha_interval",
    "alpha_masi",
    "alpha_jaccard",
    "ac1",
    "fleiss_kappa",
)
TREE: Final = "alpha_tree"
NO_SETS: Final = "the labels are not sets: no separator is given"
NO_NUMBERS: Final = "not all labels are numbers"
NO_LABELS: Final = "no labels of this kind"
NO_DRAWS: Final = "no replicates were asked for"
RARELY_DEFINED: Final = "undefined in more than a tenth of the replicates"


@dataclass(frozen=True, slots=True)
class _Scales:
    """What is known about the labels beside their text."""

    order: Sequence[str] | None
    sets: str | None
    parents: Mapping[str, str] | None = None


def report(  # noqa: PLR0913 - the options of the command
    votes: Sequence[VoteRow],
    *,
    order: Sequence[str] | None = None,
    sets: str | None = None,
    parents: Mapping[str, str] | None = None,
    missing: Collection[str] = (),
    bootstrap: int = 1000,
    seed: int = 0,
    duplicates: Duplicates = "refuse",
) -> dict[str, Any]:
    """Return the agreement of a file of votes: every coefficient, None where undefined.

    `labels`, `raters`, `values` and `prevalence` describe all labels given; `units` and the
    coefficients the units with two labels or more. `reason` says why a coefficient is None,
    by its name (`by_kind.juror`, `ci95.ac1`, `per_category.x`).

    Args:
        votes: The rows.
        order: The values from lowest to highest, for the ordinal alpha.
        sets: Separator of set-valued labels.
        parents: The parent of each category that has one: `alpha_tree` is then reported too.
        missing: Labels that mean "no answer".
        bootstrap: Replicates of the intervals.
        seed: Of the draws.
        duplicates: What becomes of a second vote of a rater on an item.

    Raises:
        VotesError: Naming the line of a vote that cannot stand, or what the order leaves out.
    """
    rows = clean(votes, missing=missing, sets=sets, duplicates=duplicates)
    given = columns((row.item, row.rater, row.label) for row in rows)
    cohen, pairs = cohen_mean(given)
    return table_report(
        table_from_columns(given),
        Raters(len(given.raters), cohen, pairs),
        _by_kind(rows, given, sets),
        order=order,
        sets=sets,
        parents=parents,
        bootstrap=bootstrap,
        seed=seed,
    )


@dataclass(frozen=True, slots=True)
class Raters:
    """What no count pattern knows: how many raters there are, and Cohen's kappa between them.

    Attributes:
        n: How many; None where that is not known.
        cohen: The mean of Cohen's kappa over pairs of raters.
        pairs: Over how many it is defined.
    """

    n: int | None
    cohen: Coefficient
    pairs: int


def table_report(  # noqa: PLR0913 - a table and the options of the command
    table: PatternTable,
    raters: Raters,
    kinds: Mapping[str, Coefficient],
    *,
    order: Sequence[str] | None = None,
    sets: str | None = None,
    parents: Mapping[str, str] | None = None,
    bootstrap: int = 1000,
    seed: int = 0,
) -> dict[str, Any]:
    """Return the agreement of a table of patterns, in the form and digits of :func:`report`.

    Args:
        table: The count patterns, those of single labels included.
        raters: What the table cannot tell.
        kinds: The coefficients of `by_kind`.
        order: The values from lowest to highest, for the ordinal alpha.
        sets: Separator of set-valued labels.
        parents: The parent of each category that has one: `alpha_tree` is then reported too.
        bootstrap: Replicates of the intervals.
        seed: Of the draws.

    Raises:
        BadOrder: When the order leaves out a value that occurs, or repeats one.
    """
    scales = _Scales(order, sets, parents)
    names = COEFFICIENTS if parents is None else (*COEFFICIENTS, TREE)
    chosen, reason = _statistics(table, scales)
    found = {name: evaluate(table, statistic) for name, statistic in chosen.items()}
    found["cohen_kappa"] = raters.cohen
    found |= {f"by_kind.{kind}": one for kind, one in kinds.items()}
    categories = _per_category(table, scales)
    found |= {f"per_category.{name}": one for name, (one, _) in categories.items()}
    drawn = intervals(table, chosen, replicates=bootstrap, seed=seed)
    reason |= {name: one.reason for name, one in found.items() if one.value is None}
    reason |= _without_interval(drawn, found, bootstrap)
    labels, shares = sum(table.totals.values()), table.prevalence()
    values = _in_order(table.values, order)

    def value(name: str) -> float | None:
        return found[name].value if name in found else None

    return {
        "units": table.n_units,
        "raters": raters.n,
        "labels": labels,
        "values": values,
        "prevalence": {name: shares[name] for name in values},
        **{name: value(name) for name in names},
        "cohen_kappa": {"mean": raters.cohen.value, "pairs": raters.pairs},
        "ci95": {name: _pair(drawn.get(name)) for name in names},
        "per_category": {
            name: {"alpha": one.value, "n": n, "prevalence": n / labels}
            for name, (one, n) in categories.items()
        },
        "by_kind": {kind: value(f"by_kind.{kind}") for kind in ("human", "juror", "human_juror")},
        "reason": reason,
    }


def raters_report(
    votes: Sequence[VoteRow],
    *,
    missing: Collection[str] = (),
    duplicates: Duplicates = "refuse",
) -> dict[str, Any]:
    """Return what Dawid-Skene says about the raters of a file of votes; never the truth of a unit.

    Raises:
        VotesError: Naming the line of a vote that cannot stand.
    """
    rows = clean(votes, missing=missing, duplicates=duplicates)
    if not rows:
        return {"log_likelihood": [], "converged": False, "units": {}, "raters": {}}
    given = columns((row.item, row.rater, row.label) for row in rows)
    fit = dawid_skene(given)
    return {
        "log_likelihood": list(fit.log_likelihood),
        "converged": fit.converged,
        "units": {
            unit: dict(zip(fit.values, shares, strict=True))
            for unit, shares in zip(given.units, fit.posterior.tolist(), strict=True)
        },
        "raters": {one["rater"]: one["seen"] for one in _raters(fit)},
    }


def _raters(fit: DawidSkene) -> Iterable[dict[str, Any]]:
    for rater in fit.raters:
        confusion = {
            hidden: None if row is None else dict(zip(fit.values, row, strict=True))
            for hidden, row in zip(fit.values, rater.confusion, strict=True)
        }
        seen = {"n": rater.n, "accuracy": rater.accuracy, "confusion": confusion}
        yield {"rater": rater.rater, "seen": seen}


def _statistics(
    table: PatternTable, scales: _Scales
) -> tuple[dict[str, Statistic], dict[str, str]]:
    """Return the statistics that make sense for the labels, and why the others do not."""
    chosen: dict[str, Statistic] = {
        "percent_agreement": PercentAgreement(),
        "alpha_nominal": Nominal(),
        "ac1": GwetAC1(),
        "fleiss_kappa": Fleiss(modal_raters(table)),
    }
    reason = {}
    if scales.order is None:
        reason["alpha_ordinal"] = NO_ORDER
    else:
        chosen["alpha_ordinal"] = ordinal(table.values, scales.order)
    numbers = interval(table.values)
    if numbers is None:
        reason["alpha_interval"] = NO_NUMBERS
    else:
        chosen["alpha_interval"] = numbers
    if scales.sets is None:
        reason |= dict.fromkeys(("alpha_masi", "alpha_jaccard"), NO_SETS)
    else:
        chosen["alpha_masi"] = masi(table.values, scales.sets)
        chosen["alpha_jaccard"] = jaccard(table.values, scales.sets)
    if scales.parents is not None:
        chosen[TREE] = tree(table.values, scales.parents, scales.sets)
    return chosen, reason


def _per_category(table: PatternTable, scales: _Scales) -> dict[str, tuple[Coefficient, int]]:
    """Return, per value (of sets: per member), the alpha of it against the rest, and its labels."""
    holders: dict[str, list[str]] = {}
    for value in _in_order(table.values, scales.order):
        for name in (value,) if scales.sets is None else members(value, scales.sets):
            holders.setdefault(name, []).append(value)
    counted = table.totals
    names = holders if scales.sets is None else sorted(holders)
    return {
        name: (
            evaluate(table.one_versus_rest(holders[name]), Nominal()),
            sum(counted[value] for value in holders[name]),
        )
        for name in names
    }


def _by_kind(rows: Sequence[VoteRow], given: Columns, sets: str | None) -> dict[str, Coefficient]:
    """Return alpha (MASI for sets) among people and among jurors, and the kappa between them."""
    is_juror = np.array([row.kind == "juror" for row in rows], dtype=bool)
    groups = {"human": given.only(~is_juror), "juror": given.only(is_juror)}
    found = {kind: _alpha_of(votes, sets) for kind, votes in groups.items()}
    likeness = _likeness(given.values, sets)
    found["human_juror"] = between_groups(groups["human"], groups["juror"], likeness)
    return found


def kinds_of(
    people: PatternTable, jurors: PatternTable, both: PatternTable, *, sets: str | None = None
) -> dict[str, Coefficient]:
    """Return the coefficients of `by_kind` from tables.

    Args:
        people: What people said.
        jurors: What jurors said.
        both: Units that both judged; the labels begin with `human:` or `juror:`.
        sets: Separator of set-valued labels.
    """
    sides = Sides.of(both)
    return {
        "human": _alpha_in(people, sets),
        "juror": _alpha_in(jurors, sets),
        "human_juror": sides.between(_likeness(sides.values, sets)),
    }


def _alpha_of(votes: Columns, sets: str | None) -> Coefficient:
    return _alpha_in(table_from_columns(votes), sets)


def _alpha_in(table: PatternTable, sets: str | None) -> Coefficient:
    if not table.totals:
        return Coefficient(None, NO_LABELS, 0, 0)
    return evaluate(table, Nominal() if sets is None else masi(table.values, sets))


def _likeness(values: Sequence[str], sets: str | None) -> Floats:
    if sets is None:
        return np.eye(len(values))
    return 1.0 - set_distance(values, sets, masi_weights=True)


def _in_order(values: Sequence[str], order: Sequence[str] | None) -> list[str]:
    if order is None:
        return natural_order(values)
    return [value for value in order if value in values]


def _without_interval(
    drawn: Mapping[str, Interval | None], found: Mapping[str, Coefficient], replicates: int
) -> dict[str, str]:
    why = RARELY_DEFINED if replicates > 0 else NO_DRAWS
    return {f"ci95.{name}": found[name].reason or why for name, one in drawn.items() if one is None}


def _pair(one: Interval | None) -> list[float] | None:
    return None if one is None else [one.low, one.high]
