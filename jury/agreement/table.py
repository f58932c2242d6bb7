"""Units grouped by their count pattern: how many raters chose each value.

Five raters and two values give at most 18 patterns for a million units, and every coefficient
but Cohen's needs nothing else. A table is canonical: values sorted as text, only those that
occur; patterns sorted, each once. The same votes give the same table, whatever their order and
whoever counted them, so that a seeded interval has the same digits everywhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from jury.agreement.cells import Cells
from jury.agreement.columns import Columns, Floats, Ints
from jury.agreement.errors import BadCounts
from jury.agreement.partition import examples, ranks, same_sequences

THIS: Final = "yes"
REST: Final = "no"
# A dense unit by value matrix is the fastest way as long as it is not much larger than the votes.
_DENSE_PER_VOTE: Final = 4
_LARGEST_KEY: Final = 2**62
_BLOCK: Final = 16_384
# About 32 MB of features at a time.
_CELLS: Final = 4_000_000


@dataclass(frozen=True, eq=False)
class PatternTable:
    """Count patterns and how many units have each.

    Attributes:
        values: The names of the columns.
        counts: Patterns by values; how many raters chose the value.
        weights: Units per pattern.
        index: The pattern of each unit, in the order of the units; None when unknown.
    """

    values: tuple[str, ...]
    counts: Ints
    weights: Ints
    index: Ints | None = None

    @cached_property
    def cells(self) -> Cells:
        """What was chosen in each pattern."""
        return Cells.of(self.counts)

    @cached_property
    def sizes(self) -> Ints:
        """Labels per unit, by pattern."""
        sizes: Ints = self.counts.sum(axis=1)
        return sizes

    @property
    def n_units(self) -> int:
        """Units with two labels or more: those on which raters can agree."""
        return int(self.weights[self.sizes >= 2].sum())

    @property
    def n_votes(self) -> int:
        """Labels on those units."""
        sizes = self.sizes
        return int((self.weights * sizes)[sizes >= 2].sum())

    @property
    def totals(self) -> dict[str, int]:
        """Labels per value, of all units."""
        return dict(self._totals)

    @cached_property
    def _totals(self) -> dict[str, int]:
        cells = self.cells
        chosen = cells.labels * self.weights[cells.pattern]
        per_value = np.bincount(cells.column, chosen, minlength=len(self.values))
        return {name: int(n) for name, n in zip(self.values, per_value, strict=True)}

    def prevalence(self) -> dict[str, float]:
        """Return each value's share of all labels; empty without labels."""
        totals = self.totals
        n = sum(totals.values())
        return {name: count / n for name, count in totals.items()} if n else {}

    def units_by_size(self) -> Floats:
        """Return how many units have 0, 1, 2 … labels; of three numbers or more."""
        return np.bincount(self.sizes, self.weights, minlength=3).astype(np.float64)

    def blocks(self, width: int) -> Iterator[tuple[slice, Cells]]:
        """Yield the cells of a few patterns at a time, to bound memory.

        Args:
            width: How many columns beside the counts are made of each.
        """
        chosen = min(int(self.sizes.max(initial=0)), len(self.values))
        step = max(1, _CELLS // max(1, width + len(self.values), chosen * (chosen - 1) // 2))
        if len(self.counts) <= step:
            yield slice(0, len(self.counts)), self.cells
            return
        for start in range(0, len(self.counts), step):
            part = slice(start, start + step)
            yield part, Cells.of(self.counts[part])

    def against_rest(self, member: str, holders: Collection[str]) -> PatternTable:
        """Return :meth:`one_versus_rest` of the values that hold a member."""
        return self.one_versus_rest(holders)

    def pairable(self) -> PatternTable:
        """Return the table of the units with two labels or more."""
        keep = self.sizes >= 2
        if keep.all():
            return self
        return PatternTable(self.values, self.counts[keep], self.weights[keep])

    def one_versus_rest(self, chosen: Collection[str]) -> PatternTable:
        """Return the two-valued table (`yes`: one of `chosen`; `no`: any other value)."""
        mask = np.array([value in chosen for value in self.values], dtype=np.int64)
        cells = self.cells
        yes = cells.summed(cells.labels * mask[cells.column]).astype(np.int64)
        pair = np.stack((self.sizes - yes, yes), axis=1)
        base = int(self.sizes.max(initial=0)) + 1
        index, many = ranks(pair @ np.array([base, 1]), base * base)
        few = pair[examples(index, many)]
        weights = np.bincount(index, self.weights, minlength=many).astype(np.int64)
        mine = None if self.index is None else index[self.index]
        return _canonical(few, weights, (REST, THIS), mine)


def table_from_counts(
    rows: Iterable[tuple[tuple[int, ...], int]], values: Sequence[str]
) -> PatternTable:
    """Return the table of (counts per value, number of units) rows, such as a GROUP BY gives.

    Rows with equal counts are added up; rows without units or labels are left out.

    Raises:
        BadCounts: On a row of another width than `values`, or a negative number.
    """
    listed = list(rows)
    if any(len(pattern) != len(values) for pattern, _ in listed):
        message = f"a pattern does not have {len(values)} counts"
        raise BadCounts(message)
    counts = np.array([pattern for pattern, _ in listed], np.int64).reshape(-1, len(values))
    weights = np.array([weight for _, weight in listed], np.int64)
    if (counts < 0).any() or (weights < 0).any():
        raise BadCounts("counts cannot be negative")
    return table_from_matrix(counts, weights, values)


def table_from_matrix(
    counts: npt.NDArray[np.integer[Any]], weights: Ints, values: Sequence[str]
) -> PatternTable:
    """Return the table of patterns by values and their weights; rows may repeat or be empty.

    Small whole numbers take an eighth of the memory and of the time where there are many patterns.
    """
    keep = (weights > 0) & counts.any(axis=1)
    if keep.all():
        return _canonical(counts, weights, values, None)
    return _canonical(counts[keep], weights[keep], values, None)


def table_from_columns(votes: Columns) -> PatternTable:
    """Return the table of votes."""
    return table_from_codes(votes.unit, votes.value, votes.values, len(votes.units))


def table_from_codes(
    unit: Ints, value: Ints, values: Sequence[str], n_units: int | None = None
) -> PatternTable:
    """Return the table of votes given as numbers of units (0 … n_units - 1) and of values."""
    n_units = (int(unit.max()) + 1 if len(unit) else 0) if n_units is None else n_units
    if n_units * len(values) <= _DENSE_PER_VOTE * len(unit):
        index, counts = _dense(unit, value, n_units, len(values))
    else:
        index, counts = _sparse(unit, value, n_units, len(values))
    weights = np.bincount(index, minlength=len(counts))
    return _canonical(counts, weights, values, index)


def _dense(unit: Ints, value: Ints, n_units: int, n_values: int) -> tuple[Ints, Ints]:
    counts = _unit_counts(unit, value, n_units, n_values)
    key, span = np.zeros(n_units, np.int64), 1
    for column in counts.T:
        base = int(column.max(initial=0)) + 1
        if span > _LARGEST_KEY // base:
            key, span = ranks(key, span)
        key = key * base + column if span > 1 else column.astype(np.int64)
        span *= base
    index, n_patterns = ranks(key, span)
    return index, counts[examples(index, n_patterns)].astype(np.int64)


def _unit_counts(unit: Ints, value: Ints, n_units: int, n_values: int) -> npt.NDArray[np.int32]:
    """Return units by values; votes sorted by unit are counted a block at a time.

    Blocks that fit the cache save most of the time: touching fresh memory is what costs.
    """
    in_order = bool((unit[1:] >= unit[:-1]).all())
    step = _BLOCK if in_order else max(1, n_units)
    counts = np.empty((n_units, n_values), np.int32)
    for first in range(0, n_units, step):
        last = min(first + step, n_units)
        start, end = np.searchsorted(unit, (first, last)) if in_order else (0, len(unit))
        cell = (unit[start:end] - first) * n_values
        cell += value[start:end]
        block = np.bincount(cell, minlength=(last - first) * n_values)
        counts[first:last] = block.reshape(-1, n_values)
    return counts


def _sparse(unit: Ints, value: Ints, n_units: int, n_values: int) -> tuple[Ints, Ints]:
    order = np.lexsort((value, unit))
    sizes = np.bincount(unit, minlength=n_units)
    index, example = same_sequences(value[order], sizes, n_values)
    pattern_of = np.full(n_units, -1)
    pattern_of[example] = np.arange(len(example))
    pattern = pattern_of[unit]
    mine = pattern >= 0
    cell = pattern[mine] * n_values + value[mine]
    counts = np.bincount(cell, minlength=len(example) * n_values)
    return index, counts.reshape(len(example), n_values)


def _canonical(
    counts: npt.NDArray[np.integer[Any]], weights: Ints, values: Sequence[str], index: Ints | None
) -> PatternTable:
    seen = np.flatnonzero(counts.any(axis=0)).tolist()
    columns = sorted(seen, key=lambda column: values[column])
    names = tuple(values[column] for column in columns)
    if columns != list(range(len(values))):
        counts = counts[:, columns]
    if not len(counts):
        return PatternTable(names, counts.astype(np.int64), weights, index)
    order, fresh = _in_order(counts)
    place = np.cumsum(fresh) - 1
    merged = np.bincount(place, weights=weights[order]).astype(np.int64)
    if index is not None:
        new_place = np.empty(len(order), np.int64)
        new_place[order] = place
        index = new_place[index]
    return PatternTable(names, counts[order[fresh]].astype(np.int64, copy=False), merged, index)


def _in_order(
    counts: npt.NDArray[np.integer[Any]],
) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Return the order of rows by their first number, then the second …; and which are no repeats.

    Each row is compared as one text of bytes: a sort of its own by each column takes many times
    as long where there are hundreds.
    """
    if not counts.shape[1]:
        return np.arange(len(counts)), np.arange(len(counts)) == 0
    largest = int(counts.max(initial=0))
    size = next(size for size in (1, 2, 4, 8) if largest < 256**size)
    # Big-endian, so that the order of the bytes is that of the numbers.
    rows = np.ascontiguousarray(counts.astype(f">u{size}"))
    key = rows.view(f"S{size * counts.shape[1]}")[:, 0]
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    return order, np.r_[True, ordered[1:] != ordered[:-1]]
