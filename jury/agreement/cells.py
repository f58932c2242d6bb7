"""The counts of a table that are not nought, one element each.

Five raters choose at most five of two hundred sets: what a statistic sums over the labels of a
pattern, or over its pairs of labels, is found here without a look at what nobody chose.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from jury.agreement.columns import Floats, Ints, pairs_within_units


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Every two different values of a pattern with two labels or more, once.

    Attributes:
        pattern: The pattern.
        first: The column of the one value.
        second: The column of the other, a later one.
        labels: How many pairs of labels these are.
    """

    pattern: Ints
    first: Ints
    second: Ints
    labels: Floats


@dataclass(frozen=True, slots=True, eq=False)
class SetPairs:
    """Pairs of sets, of units with one number of labels and equally alike, together.

    Attributes:
        pattern: Which number of labels, by its place.
        shape: Pairs by three: the members of the one, of the other, and those they share.
        closed: The same of the sets with all their ancestors.
        labels: How many pairs of labels these are.
    """

    pattern: Ints
    shape: Ints
    closed: Ints
    labels: Floats


@dataclass(frozen=True, eq=False)
class Cells:
    """Patterns as what was chosen in each.

    Attributes:
        pattern: The pattern of each cell, in order.
        column: The value.
        labels: How many labels chose it.
        given: The same, 0 in patterns of fewer than two labels.
        sizes: Labels per pattern; 2 where there are fewer, so that nothing divides by zero.
        pairable: Per pattern 1 where there are two labels or more, else 0.
        units: How many pairable units a pattern stands for: here one, as each has its weight beside.
        n_values: How many values there are.
    """

    pattern: Ints
    column: Ints
    labels: Floats
    given: Floats
    sizes: Floats
    pairable: Floats
    units: Floats
    n_values: int

    @classmethod
    def of(cls, counts: Ints) -> Cells:
        """Return the cells of patterns by values."""
        pattern, column = np.nonzero(counts != 0)  # several times as fast among bits
        labels = counts[pattern, column].astype(np.float64)
        sizes = np.bincount(pattern, labels, minlength=len(counts))
        pairable = (sizes >= 2).astype(np.float64)
        return cls(
            pattern=pattern,
            column=column,
            labels=labels,
            given=labels * pairable[pattern],
            sizes=np.where(sizes >= 2, sizes, 2.0),
            pairable=pairable,
            units=pairable,
            n_values=counts.shape[1],
        )

    def __len__(self) -> int:
        """Return how many patterns there are."""
        return len(self.sizes)

    @property
    def set_pairs(self) -> SetPairs | None:
        """Pairs by how alike they are, where that is all that is known of them."""
        return None

    @cached_property
    def pairs(self) -> Pairs:
        """Pairs of different values."""
        left, right = pairs_within_units(self.pattern)
        return Pairs(
            self.pattern[left],
            self.column[left],
            self.column[right],
            self.given[left] * self.given[right],
        )

    @cached_property
    def squares(self) -> Floats:
        """Per pattern the sum of the squared counts."""
        return self.summed(self.given**2)

    @cached_property
    def agreeing(self) -> Floats:
        """Per pattern the share of agreeing pairs of labels; 0 where there is no pair."""
        labels = self.sizes * self.units
        return (self.squares - labels) / (self.sizes * (self.sizes - 1))

    def summed(self, each: Floats) -> Floats:
        """Return the sums over the cells of each pattern."""
        return np.bincount(self.pattern, each, minlength=len(self)).astype(np.float64)

    def by_value(self, weights: Floats) -> Floats:
        """Return how many labels chose each value, under a weight per pattern."""
        found = np.bincount(
            self.column, self.given * weights[self.pattern], minlength=self.n_values
        )
        return found.astype(np.float64)

    def dense(self) -> Floats:
        """Return patterns by values, rows of patterns with fewer than two labels all zero."""
        found = np.zeros((len(self), self.n_values))
        found[self.pattern, self.column] = self.given
        return found
