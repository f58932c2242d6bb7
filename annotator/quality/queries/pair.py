"""One rater held against a reference: Cohen's kappa and balanced accuracy, with intervals.

A unit's pattern has two labels: what the reference says and what the rater says, told apart by a
prefix, so that the table, its bootstrap and its digits are those of every other coefficient.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from jury.agreement.cells import Cells
from jury.agreement.columns import Floats
from jury.agreement.interval import Interval, intervals
from jury.agreement.statistic import Coefficient, evaluate, ratio
from jury.agreement.table import PatternTable, table_from_counts

_REFERENCE: Final = "reference:"
_RATER: Final = "rater:"
BOOTSTRAP: Final = 1000


@dataclass(frozen=True, slots=True)
class Comparison:
    """A rater against a reference on `n` units.

    Attributes:
        kappa: Cohen's kappa; undefined where both always say one and the same.
        balanced_accuracy: Mean over the reference's values of the share the rater found.
        accuracy: Share of units with the same value; None without units.
        baseline: Accuracy of always giving the reference's most frequent value.
    """

    n: int
    kappa: Coefficient
    kappa_interval: Interval | None
    balanced_accuracy: Coefficient
    balanced_interval: Interval | None
    accuracy: float | None
    baseline: float | None


@dataclass(frozen=True, slots=True)
class _Joint:
    """Which columns of a table are the reference's, the rater's, and those of the same value."""

    reference: tuple[int, ...]
    rater: tuple[int, ...]
    same: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, table: PatternTable) -> _Joint:
        """Return the places of a table's columns."""
        place = {value: number for number, value in enumerate(table.values)}
        reference = {
            v.removeprefix(_REFERENCE): n for v, n in place.items() if v.startswith(_REFERENCE)
        }
        rater = {v.removeprefix(_RATER): n for v, n in place.items() if v.startswith(_RATER)}
        same = tuple((n, rater[value]) for value, n in reference.items() if value in rater)
        return cls(tuple(reference.values()), tuple(rater.values()), same)

    def both(self, cells: Cells) -> Floats:
        """Return, per shared value, the units on which both say it."""
        counts = cells.dense()
        both = [counts[:, one] * counts[:, other] for one, other in self.same]
        return np.array(both).reshape(len(both), len(cells)).T


@dataclass(frozen=True, slots=True)
class CohenPair:
    """Cohen's kappa (1960) of a rater and a reference: (p_o - p_e) / (1 - p_e)."""

    joint: _Joint

    def width(self, n_values: int) -> int:
        """Return the units both agree on."""
        return len(self.joint.same)

    def own(self, cells: Cells) -> Floats:
        """Return the units both agree on, by value."""
        return self.joint.both(cells)

    def factor(self, cells: Cells) -> Floats:
        """Return 1: the counts as they are."""
        return cells.pairable

    def value(self, totals: Floats) -> Floats:
        """Return kappa."""
        many = len(self.joint.same)
        agreed, said = totals[:, :many].sum(axis=1), totals[:, many:]
        n = said[:, list(self.joint.reference)].sum(axis=1)
        chance = np.zeros(len(totals))
        for one, other in self.joint.same:
            chance = chance + ratio(said[:, one] * said[:, other], n * n)
        return ratio(ratio(agreed, n) - chance, 1 - chance)


@dataclass(frozen=True, slots=True)
class BalancedAccuracy:
    """The mean, over the values the reference has, of the share the rater found."""

    joint: _Joint

    def width(self, n_values: int) -> int:
        """Return the units both agree on."""
        return len(self.joint.same)

    def own(self, cells: Cells) -> Floats:
        """Return the units both agree on, by value."""
        return self.joint.both(cells)

    def factor(self, cells: Cells) -> Floats:
        """Return 1: the counts as they are."""
        return cells.pairable

    def value(self, totals: Floats) -> Floats:
        """Return the mean share."""
        said = totals[:, len(self.joint.same) :]
        present = said[:, list(self.joint.reference)] > 0
        found = np.zeros(len(totals))
        for number, (one, _) in enumerate(self.joint.same):
            share = ratio(totals[:, number], said[:, one])
            found = found + np.where(np.isnan(share), 0.0, share)
        return ratio(found, present.sum(axis=1).astype(np.float64))


def compare(pairs: Iterable[tuple[str, str]]) -> Comparison:
    """Return how a rater stands against a reference, from (reference, rater) values of units."""
    counted = Counter(pairs)
    # A table needs a column even where there is no unit.
    names = [
        *(_REFERENCE + value for value in sorted({one for one, _ in counted})),
        *(_RATER + value for value in sorted({other for _, other in counted})),
    ] or [_REFERENCE]
    table = table_from_counts(
        (
            (tuple(int(name in (_REFERENCE + one, _RATER + other)) for name in names), n)
            for (one, other), n in counted.items()
        ),
        names,
    )
    joint = _Joint.of(table)
    kappa, balanced = CohenPair(joint), BalancedAccuracy(joint)
    drawn = intervals(table, {"kappa": kappa, "balanced": balanced}, replicates=BOOTSTRAP, seed=0)
    n = counted.total()
    per_value: Counter[str] = Counter()
    for (one, _), units in counted.items():
        per_value[one] += units
    same = sum(units for (one, other), units in counted.items() if one == other)
    return Comparison(
        n=n,
        kappa=evaluate(table, kappa),
        kappa_interval=drawn["kappa"],
        balanced_accuracy=evaluate(table, balanced),
        balanced_interval=drawn["balanced"],
        accuracy=same / n if n else None,
        baseline=max(per_value.values()) / n if n else None,
    )
