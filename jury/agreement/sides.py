"""Two groups of raters side by side: what each says of every pattern, and how far they agree.

A pattern holds a handful of labels among hundreds of values; so each group is kept as its cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jury.agreement.columns import Floats, Ints
from jury.agreement.kappa import NOT_BOTH
from jury.agreement.statistic import ONE_VALUE, Coefficient
from jury.agreement.table import PatternTable, table_from_matrix


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One group: a cell for each value that a pattern has of it.

    Attributes:
        pattern: The number of the pattern; ascending.
        column: The number of the value; each once in a pattern.
        labels: How many of the group chose it.
    """

    pattern: Ints
    column: Ints
    labels: Ints

    def per_pattern(self, each: Floats | Ints, patterns: int) -> Floats:
        """Return the sums over the cells of each pattern."""
        return np.bincount(self.pattern, each, minlength=patterns).astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """Two groups, and how many units show each pattern.

    Attributes:
        values: The values of either group.
        people: The first group.
        jurors: The second.
        weights: Units per pattern.
    """

    values: Sequence[str]
    people: Side
    jurors: Side
    weights: Ints

    def merged(self) -> PatternTable:
        """Return the table of both groups, each rater as any other."""
        largest = sum(int(side.labels.max(initial=0)) for side in (self.people, self.jurors))
        counts = np.zeros((len(self.weights), len(self.values)), np.min_scalar_type(largest))
        for side in (self.people, self.jurors):
            counts[side.pattern, side.column] += side.labels.astype(counts.dtype)
        return table_from_matrix(counts, self.weights, self.values)

    def between(self, likeness: Floats) -> Coefficient:
        """Return the kappa between the groups over the units that both labeled.

        The same as :func:`jury.agreement.kappa.between_groups`, from patterns.

        Args:
            likeness: How alike two values are, values by values, 0 to 1.
        """
        sides, n = (self.people, self.jurors), len(self.weights)
        many = [side.per_pattern(side.labels, n) for side in sides]
        weights = np.where((many[0] > 0) & (many[1] > 0), self.weights, 0).astype(np.float64)
        n_units = int(weights.sum())
        n_votes = int((weights * (many[0] + many[1])).sum())
        if not n_units:
            return Coefficient(None, NOT_BOTH, 0, 0)
        shares = [
            side.labels / count[side.pattern] for side, count in zip(sides, many, strict=True)
        ]
        margins = [
            np.bincount(side.column, share * weights[side.pattern], minlength=len(self.values))
            for side, share in zip(sides, shares, strict=True)
        ]
        if int(((margins[0] + margins[1]) > 0).sum()) < 2:
            return Coefficient(None, ONE_VALUE, n_units, n_votes)
        left, right = _across(self.people.pattern, self.jurors.pattern, n)
        alike_in = (
            likeness[self.people.column[left], self.jurors.column[right]]
            * shares[0][left]
            * shares[1][right]
        )
        alike = float((alike_in * weights[self.people.pattern[left]]).sum()) / n_units
        chance = float((margins[0] / n_units) @ likeness @ (margins[1] / n_units))
        return Coefficient((alike - chance) / (1 - chance), "", n_units, n_votes)


def _across(first: Ints, second: Ints, patterns: int) -> tuple[Ints, Ints]:
    """Return the places of every pair of cells, one of each group, that share a pattern."""
    of_second = np.bincount(second, minlength=patterns)
    start = np.cumsum(of_second) - of_second
    times = of_second[first]
    left = np.repeat(np.arange(len(first)), times)
    within = np.arange(len(left)) - np.repeat(np.cumsum(times) - times, times)
    return left, start[first[left]] + within
