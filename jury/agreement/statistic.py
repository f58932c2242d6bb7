"""Coefficients as functions of sums over units, so that one thing serves four purposes.

Each statistic gives every pattern a row of features and computes its value from the weighted sum
of those rows. The sum over all units gives the value; over resampled weights, a bootstrap
replicate; less one row, the value without one unit; less one row and plus another, the value
after one more vote.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from jury.agreement.columns import Floats, Ints
from jury.agreement.table import PatternTable

NO_PAIR: Final = "no unit has two labels or more"
ONE_VALUE: Final = "only one value occurs"
# About 32 MB of features at a time.
_CELLS: Final = 4_000_000


class Statistic(Protocol):
    """A coefficient over count patterns."""

    def width(self, n_values: int) -> int:
        """Return the number of features of a pattern."""
        ...

    def features(self, counts: Ints) -> Floats:
        """Return patterns by features; all zero for a pattern of fewer than two labels."""
        ...

    def value(self, totals: Floats) -> Floats:
        """Return one value per row of summed features; NaN where undefined."""
        ...


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A coefficient and what it rests on.

    Attributes:
        value: None where undefined.
        reason: Why it is; empty otherwise.
        n_units: Units with two labels or more.
        n_votes: Labels on those units.
    """

    value: float | None
    reason: str
    n_units: int
    n_votes: int


def evaluate(table: PatternTable, statistic: Statistic) -> Coefficient:
    """Return the coefficient of a table; None with the reason where it is undefined."""
    n_units, n_votes = table.n_units, table.n_votes
    if not n_units:
        return Coefficient(None, NO_PAIR, 0, 0)
    value = float(statistic.value(totals(table, statistic)[None, :])[0])
    if np.isnan(value):
        return Coefficient(None, ONE_VALUE, n_units, n_votes)
    return Coefficient(value, "", n_units, n_votes)


def totals(table: PatternTable, statistic: Statistic) -> Floats:
    """Return the features summed over all units."""
    summed: Floats = weighted(table, statistic, table.weights[None, :].astype(np.float64))[0]
    return summed


def weighted(table: PatternTable, statistic: Statistic, weights: Floats) -> Floats:
    """Return replicates by features: the features summed under each row of pattern weights."""
    summed = np.zeros((len(weights), statistic.width(len(table.values))))
    for part, features in blocks(table, statistic):
        summed += weights[:, part] @ features
    return summed


def blocks(table: PatternTable, statistic: Statistic) -> Iterator[tuple[slice, Floats]]:
    """Yield the features of a few patterns at a time, to bound memory."""
    step = max(1, _CELLS // max(1, statistic.width(len(table.values))))
    for start in range(0, len(table.counts), step):
        part = slice(start, start + step)
        yield part, statistic.features(table.counts[part])


def split(counts: Ints) -> tuple[Floats, Floats, Floats]:
    """Return (counts, labels per unit as a column, 1 where there are two or more) as floats.

    Counts of smaller patterns are zero, and their number of labels is given as 2, so that
    nothing divides by zero.
    """
    sizes = counts.sum(axis=1, keepdims=True)
    pairable = sizes >= 2
    usable = np.where(pairable, counts, 0).astype(np.float64)
    return usable, np.where(pairable, sizes, 2).astype(np.float64), pairable.astype(np.float64)


def ratio(over: Floats, under: Floats) -> Floats:
    """Return over / under, NaN where `under` is not positive."""
    defined = under > 0
    return np.where(defined, over / np.where(defined, under, 1.0), np.nan)
