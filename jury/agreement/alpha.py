"""Krippendorff's alpha over count patterns: nominal, ordinal, interval and between sets.

For patterns p with weight w_p, counts c_p and m_p labels (m_p >= 2), and a squared distance D:
D_o = sum_p w_p (c_p' D c_p) / (m_p - 1) / n, D_e = n_c' D n_c / (n (n - 1)), alpha = 1 - D_o / D_e,
where n_c = sum_p w_p c_p and n = sum_p w_p m_p. Exact, no approximation.

Source: K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011); Passonneau (2006) for
MASI, "Measuring Agreement on Set-valued Items", LREC.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import numpy as np

from jury.agreement.cells import Cells
from jury.agreement.columns import Floats, Ints
from jury.agreement.errors import BadOrder
from jury.agreement.rows import as_numbers, members
from jury.agreement.statistic import ratio

# Exact thirds, as published; .67 and .33 are their rounded form and move alpha by about 1e-4.
MASI_SUBSET: Final = 2 / 3
MASI_OVERLAP: Final = 1 / 3
_KEPT_VALUES: Final = 600
"""Values up to which a matrix of distances is kept: it has three megabytes then."""


@dataclass(frozen=True, slots=True)
class Nominal:
    """Alpha where two values are either equal or not."""

    def width(self, n_values: int) -> int:
        """Return one disagreement."""
        return 1

    def own(self, cells: Cells) -> Floats:
        """Return the within-unit disagreement."""
        within = cells.units * cells.sizes**2 - cells.squares
        return (within / (cells.sizes - 1))[:, None]

    def factor(self, cells: Cells) -> Floats:
        """Return 1: the counts as they are."""
        return cells.pairable

    def value(self, totals: Floats) -> Floats:
        """Return alpha."""
        per_value = totals[:, 1:]
        n = per_value.sum(axis=1)
        return _alpha(totals[:, 0], n**2 - (per_value**2).sum(axis=1), n)


@dataclass(frozen=True, slots=True, eq=False)
class Weighted:
    """Alpha under a fixed squared distance between values (symmetric, zero diagonal)."""

    distance: Floats

    def width(self, n_values: int) -> int:
        """Return one disagreement."""
        return 1

    def own(self, cells: Cells) -> Floats:
        """Return the within-unit disagreement."""
        pairs = cells.pairs
        apart = pairs.labels * self.distance[pairs.first, pairs.second]
        return _within(pairs.pattern, apart, cells)

    def factor(self, cells: Cells) -> Floats:
        """Return 1: the counts as they are."""
        return cells.pairable

    def value(self, totals: Floats) -> Floats:
        """Return alpha."""
        per_value = totals[:, 1:]
        expected = ((per_value @ self.distance) * per_value).sum(axis=1)
        return _alpha(totals[:, 0], expected, per_value.sum(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class OfSets(Weighted):
    """The same between sets, whose pairs may be known by their shapes alone.

    Attributes:
        masi_weights: Whether it is the distance of MASI, else that of Jaccard.
        closed: Whether a set is taken with all its ancestors.
    """

    masi_weights: bool = False
    closed: bool = False

    def own(self, cells: Cells) -> Floats:
        """Return the within-unit disagreement."""
        pairs = cells.set_pairs
        if pairs is None:
            return Weighted.own(self, cells)
        shape = pairs.closed if self.closed else pairs.shape
        apart = pairs.labels * distance_of_shapes(shape, masi_weights=self.masi_weights)
        return _within(pairs.pattern, apart, cells)


def _within(pattern: Ints, apart: Floats, cells: Cells) -> Floats:
    within = 2 * np.bincount(pattern, apart, minlength=len(cells))
    return (within / (cells.sizes - 1))[:, None]


@dataclass(frozen=True, slots=True, eq=False)
class Ordinal:
    """Alpha between ranks; the distance itself depends on how often each value occurs.

    D_ck = (sum of n_g for g from c to k, less (n_c + n_k) / 2) squared is the squared difference
    of the values' middle ranks.
    """

    positions: Ints
    _pairs: tuple[Ints, Ints] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_pairs", np.triu_indices(len(self.positions), k=1))

    def width(self, n_values: int) -> int:
        """Return the coincidences of unequal values."""
        return n_values * (n_values - 1) // 2

    def own(self, cells: Cells) -> Floats:
        """Return the coincidences of each pair of values, in order."""
        many, pairs = len(self.positions), cells.pairs
        rank = np.argsort(self.positions)
        one, other = rank[pairs.first], rank[pairs.second]
        low, high = np.minimum(one, other), np.maximum(one, other)
        # Where a pair stands among those above the diagonal, row by row.
        place = low * many - low * (low + 1) // 2 + high - low - 1
        found = np.zeros((len(cells), self.width(many)))
        found[pairs.pattern, place] = pairs.labels / (cells.sizes - 1)[pairs.pattern]
        return found

    def factor(self, cells: Cells) -> Floats:
        """Return 1: the counts as they are."""
        return cells.pairable

    def value(self, totals: Floats) -> Floats:
        """Return alpha."""
        low, high = self._pairs
        coincidences, per_value = totals[:, : len(low)], totals[:, len(low) :][:, self.positions]
        middle = np.cumsum(per_value, axis=1) - per_value / 2
        distance = (middle[:, high] - middle[:, low]) ** 2
        within = (coincidences * distance).sum(axis=1)
        expected = (per_value[:, low] * per_value[:, high] * distance).sum(axis=1)
        return _alpha(within, expected, per_value.sum(axis=1))


def ordinal(values: Sequence[str], order: Sequence[str]) -> Ordinal:
    """Return the ordinal alpha of a table's values, lowest first in `order`.

    Raises:
        BadOrder: When the order repeats a value or leaves out one of `values`.
    """
    if len(set(order)) != len(order):
        raise BadOrder("the order names a value twice")
    unknown = sorted(set(values) - set(order))
    if unknown:
        message = f"the order leaves out {', '.join(map(repr, unknown))}"
        raise BadOrder(message)
    place = {value: number for number, value in enumerate(values)}
    return Ordinal(np.array([place[value] for value in order if value in place], np.int64))


def interval(values: Sequence[str]) -> Weighted | None:
    """Return the interval alpha of a table's values; None when one is not a number."""
    points = as_numbers(values)
    if points is None:
        return None
    axis = np.array(points)
    return Weighted((axis[:, None] - axis[None, :]) ** 2)


def masi(values: Sequence[str], separator: str) -> Weighted:
    """Return alpha under MASI: 1 - weight · |A and B| / |A or B|.

    The weight is 1 for equal sets, 2/3 when one holds the other, 1/3 when they overlap, 0 when
    they are disjoint.
    """
    return OfSets(set_distance(values, separator, masi_weights=True), masi_weights=True)


def jaccard(values: Sequence[str], separator: str) -> Weighted:
    """Return alpha under the Jaccard distance: 1 - |A and B| / |A or B|."""
    return OfSets(set_distance(values, separator, masi_weights=False))


def set_distance(values: Sequence[str], separator: str, *, masi_weights: bool) -> Floats:
    """Return the distances of all pairs of set-valued labels, each between 0 and 1; read-only."""
    make = _kept_distance if len(values) <= _KEPT_VALUES else _distance
    return make(tuple(values), separator, masi_weights)


def _distance(values: tuple[str, ...], separator: str, masi_weights: bool) -> Floats:  # noqa: FBT001 - a key
    found = distance_of_sets(
        [members(value, separator) for value in values], masi_weights=masi_weights
    )
    found.flags.writeable = False
    return found


# The tables of one question have the same sets, and each is looked at from several sides.
_kept_distance = lru_cache(maxsize=16)(_distance)


def distance_of_sets(sets: Sequence[Collection[str]], *, masi_weights: bool) -> Floats:
    """Return the same of sets given as such, none of them empty."""
    member = _membership(sets)
    sizes = member.sum(axis=1)
    return _set_distance(
        sizes[:, None], sizes[None, :], member @ member.T, masi_weights=masi_weights
    )


def distance_of_shapes(shapes: Ints, *, masi_weights: bool) -> Floats:
    """Return the same of pairs of sets, each as the members of the one, the other, and of both."""
    one, other, shared = shapes.astype(np.float64).T
    return _set_distance(one, other, shared, masi_weights=masi_weights)


def _set_distance(one: Floats, other: Floats, shared: Floats, *, masi_weights: bool) -> Floats:
    likeness = shared / (one + other - shared)
    if masi_weights:
        larger, smaller = np.maximum(one, other), np.minimum(one, other)
        held = np.where(shared == smaller, MASI_SUBSET, np.where(shared > 0, MASI_OVERLAP, 0.0))
        likeness = likeness * np.where(shared == larger, 1.0, held)
    distance: Floats = 1.0 - likeness
    return distance


def _membership(sets: Sequence[Collection[str]]) -> Floats:
    names = sorted({name for one in sets for name in one})
    return np.array([[float(name in one) for name in names] for one in sets]).reshape(
        len(sets), len(names)
    )


def _alpha(within: Floats, expected: Floats, n: Floats) -> Floats:
    value: Floats = 1.0 - ratio(within * (n - 1), expected)
    return value
