"""Votes as columns of small numbers: what the statistics over whole files compute on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Votes, one element each: the position of its unit, rater and value in the lists of names."""

    unit: Ints
    rater: Ints
    value: Ints
    units: tuple[str, ...]
    raters: tuple[str, ...]
    values: tuple[str, ...]

    def only(self, keep: npt.NDArray[np.bool_]) -> Columns:
        """Return the votes of a mask, under the same names."""
        unit, rater, value = self.unit[keep], self.rater[keep], self.value[keep]
        return Columns(unit, rater, value, self.units, self.raters, self.values)


def columns(votes: Iterable[tuple[str, str, str]]) -> Columns:
    """Return (unit, rater, value) triples as columns; names sorted as text.

    Sorted names make every result independent of the order of the rows.
    """
    rows = list(votes)
    unit, units = _codes([row[0] for row in rows])
    rater, raters = _codes([row[1] for row in rows])
    value, values = _codes([row[2] for row in rows])
    return Columns(unit, rater, value, units, raters, values)


def _codes(names: Sequence[str]) -> tuple[Ints, tuple[str, ...]]:
    distinct = tuple(sorted(set(names)))
    position = {name: number for number, name in enumerate(distinct)}
    codes = np.fromiter((position[name] for name in names), np.int64, len(names))
    return codes, distinct


def pairs_within_units(unit: Ints) -> tuple[Ints, Ints]:
    """Return the positions (left, right) of each pair of votes on the same unit, once.

    `unit` must be sorted; left < right.
    """
    positions = np.arange(len(unit))
    ends = np.searchsorted(unit, unit, side="right")
    later = ends - positions - 1
    left = np.repeat(positions, later)
    first = np.repeat(np.cumsum(later) - later, later)
    right = left + 1 + (np.arange(len(left)) - first)
    return left, right


def pairs_across(unit_a: Ints, unit_b: Ints) -> tuple[Ints, Ints]:
    """Return the positions of each pair of a vote in `a` and one in `b` on the same unit.

    `unit_b` must be sorted.
    """
    first = np.searchsorted(unit_b, unit_a, side="left")
    many = np.searchsorted(unit_b, unit_a, side="right") - first
    left = np.repeat(np.arange(len(unit_a)), many)
    start = np.repeat(first - (np.cumsum(many) - many), many)
    return left, start + np.arange(len(left))
