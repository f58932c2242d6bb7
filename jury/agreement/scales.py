"""Which coefficients make sense for the labels at hand, and each category against the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from jury.agreement.alpha import Nominal, interval, jaccard, masi, ordinal
from jury.agreement.kappa import Fleiss, GwetAC1, PercentAgreement, modal_raters
from jury.agreement.rows import members, natural_order
from jury.agreement.statistic import Coefficient, Counted, Statistic, evaluate
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
NO_ORDER: Final = "no order of the values is given"
NO_SETS: Final = "the labels are not sets: no separator is given"
NO_NUMBERS: Final = "not all labels are numbers"


@dataclass(frozen=True, slots=True)
class Scales:
    """What is known about the labels beside their text."""

    order: Sequence[str] | None
    sets: str | None
    parents: Mapping[str, str] | None = None


def statistics(table: Counted, scales: Scales) -> tuple[dict[str, Statistic], dict[str, str]]:
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


def per_category(table: Counted, scales: Scales) -> dict[str, tuple[Coefficient, int]]:
    """Return, per value (of sets: per member), the alpha of it against the rest, and its labels."""
    holders: dict[str, list[str]] = {}
    for value in in_order(table.values, scales.order):
        for name in (value,) if scales.sets is None else members(value, scales.sets):
            holders.setdefault(name, []).append(value)
    counted = table.totals
    names = holders if scales.sets is None else sorted(holders)
    return {
        name: (
            evaluate(table.against_rest(name, holders[name]), Nominal()),
            sum(counted[value] for value in holders[name]),
        )
        for name in names
    }


def in_order(values: Sequence[str], order: Sequence[str] | None) -> list[str]:
    """Return the values from lowest to highest, or by their natural order where there is none."""
    if order is None:
        return natural_order(values)
    return [value for value in order if value in values]
