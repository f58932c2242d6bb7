"""Coefficients as functions of sums over units, so that one thing serves four purposes.

Each statistic gives every pattern a row of features and computes its value from the weighted sum
of those rows. The sum over all units gives the value; over resampled weights, a bootstrap
replicate; less one row, the value without one unit; less one row and plus another, the value
after one more vote.

A row is a few columns of the statistic's own, then the pattern's counts, each times one factor: the
counts are the wide part, and statistics that look at them alike share their sums.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from jury.agreement.cells import Cells
from jury.agreement.columns import Floats, Ints

NO_PAIR: Final = "no unit has two labels or more"
ONE_VALUE: Final = "only one value occurs"


class Statistic(Protocol):
    """A coefficient over count patterns."""

    def width(self, n_values: int) -> int:
        """Return the number of columns of its own."""
        ...

    def own(self, cells: Cells) -> Floats:
        """Return patterns by its own columns; all zero for a pattern of fewer than two labels."""
        ...

    def factor(self, cells: Cells) -> Floats | None:
        """Return per pattern what its counts are multiplied by; None: it does not look at them."""
        ...

    def value(self, totals: Floats) -> Floats:
        """Return one value per row of sums, its own and then those by value; NaN if undefined."""
        ...


class Counted(Protocol):
    """Units, those that look alike together: by their patterns, or by how many labels they have."""

    @property
    def values(self) -> tuple[str, ...]:
        """The labels, sorted as text."""
        ...

    @property
    def weights(self) -> Ints:
        """How often each row of the cells counts."""
        ...

    @property
    def n_units(self) -> int:
        """Units with two labels or more."""
        ...

    @property
    def n_votes(self) -> int:
        """Labels on those units."""
        ...

    @property
    def totals(self) -> dict[str, int]:
        """Labels per value, of all units."""
        ...

    def prevalence(self) -> dict[str, float]:
        """Return each value's share of all labels; empty without labels."""
        ...

    def units_by_size(self) -> Floats:
        """Return how many units have 0, 1, 2 … labels; of three numbers or more."""
        ...

    def blocks(self, width: int) -> Iterator[tuple[slice, Cells]]:
        """Yield the cells of some rows at a time, to bound memory.

        Args:
            width: How many columns beside the counts are made of each.
        """
        ...

    def against_rest(self, member: str, holders: Collection[str]) -> Counted:
        """Return the two-valued table of whether a label is one of `holders`, those with `member`."""
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


def evaluate(table: Counted, statistic: Statistic) -> Coefficient:
    """Return the coefficient of a table; None with the reason where it is undefined."""
    n_units, n_votes = table.n_units, table.n_votes
    if not n_units:
        return Coefficient(None, NO_PAIR, 0, 0)
    value = float(statistic.value(totals(table, statistic)[None, :])[0])
    if np.isnan(value):
        return Coefficient(None, ONE_VALUE, n_units, n_votes)
    return Coefficient(value, "", n_units, n_votes)


def totals(table: Counted, statistic: Statistic) -> Floats:
    """Return the features summed over all units."""
    weights = table.weights.astype(np.float64)
    own = np.zeros(statistic.width(len(table.values)))
    by_value = np.zeros(len(table.values))
    looks = False
    for part, cells in table.blocks(own.size):
        own += weights[part] @ statistic.own(cells)
        factor = statistic.factor(cells)
        if factor is not None:
            looks = True
            by_value += cells.by_value(weights[part] * factor)
    return np.concatenate((own, by_value)) if looks else own


def features(cells: Cells, statistic: Statistic) -> Floats:
    """Return patterns by features."""
    own, factor = statistic.own(cells), statistic.factor(cells)
    if factor is None:
        return own
    return np.concatenate((own, cells.dense() * factor[:, None]), axis=1)


def ratio(over: Floats, under: Floats) -> Floats:
    """Return over / under, NaN where `under` is not positive."""
    defined = under > 0
    return np.where(defined, over / np.where(defined, under, 1.0), np.nan)
