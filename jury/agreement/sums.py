"""The sums of several statistics over the same replicates: what they have in common, once.

The counts of the values are the wide part of every sum. Patterns whose counts all statistics
multiply by the same factors (mostly those of one size) are summed together, and each statistic takes
its multiple of that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from jury.agreement.cells import Cells
from jury.agreement.columns import Floats, Ints
from jury.agreement.statistic import Statistic
from jury.agreement.table import PatternTable


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Some patterns: the columns of each statistic's own, and the counts in groups of equal factors.

    A statistic's sums have the same digits whatever others are asked for with it: its own columns
    are summed apart, and counts are whole numbers.
    """

    patterns: slice
    own: Mapping[str, Floats]
    groups: tuple[tuple[Ints, Floats], ...]
    factors: Floats

    @classmethod
    def of(cls, patterns: slice, cells: Cells, statistics: Mapping[str, Statistic]) -> _Part:
        """Return a part of a table's patterns."""
        found = [statistic.factor(cells) for statistic in statistics.values()]
        stacked = np.stack([np.zeros(len(cells)) if one is None else one for one in found], axis=1)
        which, first = _alike(stacked)
        counts = cells.dense()
        rows = [np.flatnonzero(which == group) for group in np.argsort(first)]
        return cls(
            patterns,
            {name: statistic.own(cells) for name, statistic in statistics.items()},
            tuple((here, counts[here]) for here in rows),
            stacked[np.sort(first)],
        )


def _alike(factors: Floats) -> tuple[Ints, Ints]:
    """Return each pattern's group of equal factors, and the first pattern of each group."""
    which = np.zeros(len(factors), np.int64)
    for factor in factors.T:
        _, here = np.unique(factor, return_inverse=True)
        which = which * (int(here.max(initial=0)) + 1) + here
    _, first, found = np.unique(which, return_index=True, return_inverse=True)
    return found, first


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sums over a table's patterns; those of a table that is not too large are prepared."""

    table: PatternTable
    statistics: Mapping[str, Statistic]
    prepared: tuple[_Part, ...]

    @classmethod
    def of(cls, table: PatternTable, statistics: Mapping[str, Statistic]) -> Sums:
        """Return the sums of a table."""
        parts = _parts(table, statistics)
        first, second = next(parts, None), next(parts, None)
        return cls(table, statistics, () if first is None or second is not None else (first,))

    def under(self, weights: Floats) -> dict[str, Floats]:
        """Return, by name, replicates by features: the sums under each row of pattern weights."""
        many = len(self.table.values)
        own = {
            name: np.zeros((len(weights), statistic.width(many)))
            for name, statistic in self.statistics.items()
        }
        by_value = {name: np.zeros((len(weights), many)) for name in self.statistics}
        for part in self.prepared or _parts(self.table, self.statistics):
            mine = weights[:, part.patterns]
            for name, columns in part.own.items():
                own[name] += mine @ columns
            for factors, (rows, counts) in zip(part.factors, part.groups, strict=True):
                summed = (mine if len(rows) == mine.shape[1] else mine[:, rows]) @ counts
                for name, factor in zip(self.statistics, factors.tolist(), strict=True):
                    if factor:
                        by_value[name] += summed if factor == 1 else factor * summed
        return {name: np.concatenate((own[name], by_value[name]), axis=1) for name in own}


def _parts(table: PatternTable, statistics: Mapping[str, Statistic]) -> Iterator[_Part]:
    width = sum(statistic.width(len(table.values)) for statistic in statistics.values())
    for patterns, cells in table.blocks(width):
        yield _Part.of(patterns, cells, statistics)
