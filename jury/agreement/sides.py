"""Two groups of raters side by side in one table: what each says, and how far they agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from jury.agreement.columns import Floats, Ints
from jury.agreement.kappa import NOT_BOTH
from jury.agreement.statistic import ONE_VALUE, Coefficient
from jury.agreement.table import PatternTable, table_from_matrix

FIRST: Final = "human:"
SECOND: Final = "juror:"


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """The counts of a table whose labels begin with the name of a group, taken apart.

    Attributes:
        values: The labels of either group, sorted as text.
        people: Patterns by values: how many of the first group chose each.
        jurors: The same of the second.
        weights: Units per pattern.
    """

    values: tuple[str, ...]
    people: Ints
    jurors: Ints
    weights: Ints

    @classmethod
    def of(cls, table: PatternTable) -> Sides:
        """Return the sides of a table."""
        values = tuple(sorted({label.partition(":")[2] for label in table.values}))
        sides = [
            _side(table, values, prefix) if len(table.counts) else np.zeros((0, 0), np.int64)
            for prefix in (FIRST, SECOND)
        ]
        return cls(values, sides[0], sides[1], table.weights)

    def first(self) -> PatternTable:
        """Return the table of the first group alone."""
        return table_from_matrix(self.people, self.weights, self.values)

    def second(self) -> PatternTable:
        """Return the table of the second group alone."""
        return table_from_matrix(self.jurors, self.weights, self.values)

    def merged(self) -> PatternTable:
        """Return the table of both groups, each rater as any other."""
        return table_from_matrix(self.people + self.jurors, self.weights, self.values)

    def between(self, likeness: Floats) -> Coefficient:
        """Return the kappa between the groups over the units that both labeled.

        The same as :func:`jury.agreement.kappa.between_groups`, from patterns.
        """
        many = self.people.sum(axis=1), self.jurors.sum(axis=1)
        both = (many[0] > 0) & (many[1] > 0)
        weights = self.weights[both].astype(np.float64)
        n_units = int(self.weights[both].sum())
        n_votes = int((self.weights * (many[0] + many[1]))[both].sum())
        if not n_units:
            return Coefficient(None, NOT_BOTH, 0, 0)
        one = self.people[both] / many[0][both, None]
        other = self.jurors[both] / many[1][both, None]
        if int(((one.sum(axis=0) + other.sum(axis=0)) > 0).sum()) < 2:
            return Coefficient(None, ONE_VALUE, n_units, n_votes)
        alike = float(weights @ ((one @ likeness) * other).sum(axis=1)) / n_units
        chance = float((weights @ one / n_units) @ likeness @ (weights @ other / n_units))
        return Coefficient((alike - chance) / (1 - chance), "", n_units, n_votes)


def _side(table: PatternTable, values: tuple[str, ...], prefix: str) -> Ints:
    place = {value: number for number, value in enumerate(values)}
    counts = np.zeros((len(table.counts), len(values)), np.int64)
    for column, label in enumerate(table.values):
        if label.startswith(prefix):
            counts[:, place[label.removeprefix(prefix)]] = table.counts[:, column]
    return counts
