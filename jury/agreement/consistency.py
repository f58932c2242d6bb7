"""Self-consistency: what a rater says of a unit they judged before.

Repeats are no votes: they never count in agreement between raters. Each rater has a table of their own,
a unit's pattern being all answers they gave to it, so that the coefficients are those between raters
with "a rater's pass" in place of "a rater": percent agreement is the mean over repeated units of the
share of equal pairs of answers, alpha corrects it for how often that rater uses each value. The
interval of the agreement is Wilson's, as a rater is asked few units again and a bootstrap of units that
are all answered alike would be a point; that of alpha is the bootstrap over those units, and none where
it would be that point.

Source: K. Krippendorff, Content Analysis (2004), chapter 11, where this is called stability, or
intra-observer reliability: the weakest of the three, as it cannot show what a rater always gets wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from jury.agreement.alpha import Nominal
from jury.agreement.columns import Columns, columns
from jury.agreement.interval import Interval, intervals, wilson
from jury.agreement.kappa import PercentAgreement
from jury.agreement.statistic import Coefficient, evaluate
from jury.agreement.table import table_from_columns


@dataclass(frozen=True, slots=True)
class SelfConsistency:
    """One rater against themselves.

    Attributes:
        rater: The name.
        repeated: Units the rater answered twice or more.
        answers: Answers to those units.
        agreement: Mean over those units of the share of equal pairs of answers.
        alpha: Nominal alpha between the passes; undefined where only one value occurs.
        ci95: Of `agreement` and of `alpha`; None where there is none.
    """

    rater: str
    repeated: int
    answers: int
    agreement: Coefficient
    alpha: Coefficient
    ci95: dict[str, Interval | None]


def self_consistency(
    answers: Iterable[tuple[str, str, str]], *, bootstrap: int = 1000, seed: int = 0
) -> tuple[SelfConsistency, ...]:
    """Return each rater's consistency, in the order of their names; those without repeats too.

    Args:
        answers: (unit, rater, value), one for each time a rater answered; the order does not matter.
        bootstrap: Replicates of alpha's interval; 0 for none.
        seed: Of the draws.
    """
    given = columns(answers)
    return tuple(
        _of_one(given.only(given.rater == number), name, bootstrap, seed)
        for number, name in enumerate(given.raters)
    )


def _of_one(mine: Columns, rater: str, bootstrap: int, seed: int) -> SelfConsistency:
    units, unit = np.unique(mine.unit, return_inverse=True)
    names = tuple(mine.units[number] for number in units)
    own = Columns(unit, mine.rater, mine.value, names, mine.raters, mine.values)
    table = table_from_columns(own)
    agreement, alpha = evaluate(table, PercentAgreement()), evaluate(table, Nominal())
    if agreement.value is None:
        return SelfConsistency(rater, 0, 0, agreement, alpha, {"agreement": None, "alpha": None})
    replicates = bootstrap if agreement.value < 1 else 0
    drawn = intervals(table, {"alpha": Nominal()}, replicates=replicates, seed=seed)
    equal = agreement.value * table.n_units
    return SelfConsistency(
        rater=rater,
        repeated=table.n_units,
        answers=table.n_votes,
        agreement=agreement,
        alpha=alpha,
        ci95={"agreement": wilson(equal, table.n_units), **drawn},
    )
