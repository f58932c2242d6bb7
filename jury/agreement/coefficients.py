"""The headline coefficients of one table, together: alpha is never shown alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from jury.agreement.alpha import Nominal, Ordinal, ordinal
from jury.agreement.interval import Interval, intervals
from jury.agreement.kappa import GwetAC1, PercentAgreement
from jury.agreement.statistic import Coefficient, Statistic, evaluate
from jury.agreement.table import PatternTable

NO_ORDER: Final = "no order of the values is given"


@dataclass(frozen=True, slots=True)
class Coefficients:
    """What is shown of one question.

    Attributes:
        alpha_nominal: Krippendorff's alpha between equal and unequal values.
        alpha_ordinal: The same between ranks; None without an order.
        percent_agreement: Mean over units of the share of agreeing pairs.
        ac1: Gwet's AC1.
        prevalence: Share of all labels, by value.
        n_units: Units with two labels or more.
        n_votes: Labels on those units.
        ci95: Bootstrap interval by the coefficient's name; None where there is none.
    """

    alpha_nominal: Coefficient
    alpha_ordinal: Coefficient
    percent_agreement: Coefficient
    ac1: Coefficient
    prevalence: dict[str, float]
    n_units: int
    n_votes: int
    ci95: dict[str, Interval | None]


def coefficients(
    table: PatternTable,
    *,
    order: Sequence[str] | None = None,
    bootstrap: int = 1000,
    seed: int = 0,
) -> Coefficients:
    """Return the headline coefficients of a table, with 95 % intervals of `bootstrap` replicates.

    Args:
        table: Count patterns, those of single labels included: they count in the prevalence only.
        order: The values from lowest to highest, for the ordinal alpha.
        bootstrap: Replicates; 0 for no intervals.
        seed: Of the draws: the same table and seed give the same digits.

    Raises:
        BadOrder: When the order leaves out a value that occurs, or repeats one.
    """
    ranked = _ordinal(table, order)
    wanted: dict[str, Statistic] = {
        "alpha_nominal": Nominal(),
        "percent_agreement": PercentAgreement(),
        "ac1": GwetAC1(),
    }
    if ranked is not None:
        wanted["alpha_ordinal"] = ranked
    found = {name: evaluate(table, statistic) for name, statistic in wanted.items()}
    without_order = replace(found["alpha_nominal"], value=None, reason=NO_ORDER)
    ci95 = intervals(table, wanted, replicates=bootstrap, seed=seed)
    return Coefficients(
        alpha_nominal=found["alpha_nominal"],
        alpha_ordinal=found.get("alpha_ordinal", without_order),
        percent_agreement=found["percent_agreement"],
        ac1=found["ac1"],
        prevalence=table.prevalence(),
        n_units=table.n_units,
        n_votes=table.n_votes,
        ci95={"alpha_ordinal": None, **ci95},
    )


def _ordinal(table: PatternTable, order: Sequence[str] | None) -> Ordinal | None:
    return None if order is None else ordinal(table.values, order)
