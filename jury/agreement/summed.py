"""A table of sets by its sums: every coefficient of it without its patterns, exactly."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from jury.agreement.alpha import distance_of_shapes
from jury.agreement.cells import Cells, SetPairs
from jury.agreement.coincidences import (
    ACROSS,
    BOTH,
    HOLDING,
    LABELS,
    PAIRS,
    SIDE,
    UNITS,
    Key,
)
from jury.agreement.columns import Floats, Ints
from jury.agreement.kappa import NOT_BOTH
from jury.agreement.statistic import ONE_VALUE, Coefficient
from jury.agreement.table import REST, THIS, PatternTable, table_from_counts


@dataclass(frozen=True, eq=False)
class SummedTable:
    """Units of one population, those with equally many labels together.

    It answers what a :class:`jury.agreement.table.PatternTable` answers, a unit's number of labels in
    the place of its pattern.

    Attributes:
        values: The labels, sorted as text.
        sizes: The numbers of labels that units have, ascending.
        units: How many units have so many.
    """

    values: tuple[str, ...]
    sizes: Ints
    units: Ints
    _by_kind: Mapping[str, list[tuple[Key, int]]]

    @classmethod
    def of(cls, sums: Iterable[tuple[Key, int]]) -> SummedTable:
        """Return the table of sums, such as :class:`Coincidences` gives of each unit; each key once."""
        by_kind: dict[str, list[tuple[Key, int]]] = {
            kind: [] for kind in (UNITS, LABELS, HOLDING, PAIRS, BOTH, SIDE, ACROSS)
        }
        for key, n in sums:
            by_kind[str(key[0])].append((key, n))
        units = sorted((int(key[1]), n) for key, n in by_kind[UNITS])
        values = sorted({str(key[2]) for key, _ in by_kind[LABELS]})
        return cls(
            tuple(values),
            np.array([m for m, _ in units], np.int64),
            np.array([n for _, n in units], np.int64),
            by_kind,
        )

    @property
    def weights(self) -> Ints:
        """One for each number of labels: its sums are whole already."""
        return np.ones(len(self.sizes), np.int64)

    @property
    def n_units(self) -> int:
        """Units with two labels or more: those on which raters can agree."""
        return int(self.units[self.sizes >= 2].sum())

    @property
    def n_votes(self) -> int:
        """Labels on those units."""
        return int((self.units * self.sizes)[self.sizes >= 2].sum())

    @cached_property
    def totals(self) -> dict[str, int]:
        """Labels per value, of all units."""
        found = dict.fromkeys(self.values, 0)
        for key, n in self._by_kind[LABELS]:
            found[str(key[2])] += n
        return found

    def prevalence(self) -> dict[str, float]:
        """Return each value's share of all labels; empty without labels."""
        n = sum(self.totals.values())
        return {name: count / n for name, count in self.totals.items()} if n else {}

    def units_by_size(self) -> Floats:
        """Return how many units have 0, 1, 2 … labels."""
        return np.bincount(self.sizes, self.units, minlength=3).astype(np.float64)

    def blocks(self, width: int) -> Iterator[tuple[slice, Cells]]:
        """Yield all sums at once: they are few."""
        yield slice(0, len(self.sizes)), self.cells

    @cached_property
    def cells(self) -> Cells:
        """What was given by units of each size."""
        rows = self._by_kind[LABELS]
        place = {value: number for number, value in enumerate(self.values)}
        size = self._size_of(rows)
        column = np.fromiter((place[str(key[2])] for key, _ in rows), np.int64, len(rows))
        labels = np.fromiter((n for _, n in rows), np.float64, len(rows))
        pairable = (self.sizes >= 2).astype(np.float64)
        return _SizeCells(
            pattern=size,
            column=column,
            labels=labels,
            given=labels * pairable[size],
            sizes=np.maximum(self.sizes, 2).astype(np.float64),
            pairable=pairable,
            units=self.units * pairable,
            n_values=len(self.values),
            _set_pairs=self._pairs(),
        )

    def _size_of(self, rows: Collection[tuple[Key, int]]) -> Ints:
        """Return the place of each row's number of labels among the sizes."""
        size = np.fromiter((int(key[1]) for key, _ in rows), np.int64, len(rows))
        return np.searchsorted(self.sizes, size)

    def _pairs(self) -> SetPairs:
        rows = self._by_kind[PAIRS]
        shapes = np.array([key[2:8] for key, _ in rows], np.int64).reshape(-1, 6)
        labels = np.fromiter((n for _, n in rows), np.float64, len(rows))
        return SetPairs(self._size_of(rows), shapes[:, :3], shapes[:, 3:], labels)

    def against_rest(self, member: str, holders: Collection[str]) -> PatternTable:
        """Return the two-valued table of whether a label holds a member; `holders` follow from it."""
        units = dict(zip(self.sizes.tolist(), self.units.tolist(), strict=True))
        rows = [(m, times, n) for m, times, n in self._holding.get(member, ())]
        for m, _, n in rows:
            units[m] -= n
        none = [((m, 0), n) for m, n in units.items()]
        some = [((m - times, times), n) for m, times, n in rows]
        return table_from_counts([*none, *some], (REST, THIS))

    @cached_property
    def _holding(self) -> Mapping[str, list[tuple[int, int, int]]]:
        found: dict[str, list[tuple[int, int, int]]] = {}
        for key, n in self._by_kind[HOLDING]:
            found.setdefault(str(key[2]), []).append((int(key[1]), int(key[3]), n))
        return found

    def between(self, likeness: Floats) -> Coefficient:
        """Return the kappa between people and jurors over the units that both judged.

        The same as :func:`jury.agreement.kappa.between_groups`, its likeness that of MASI.

        Args:
            likeness: How alike two values are by MASI, values by values.
        """
        both = [(int(key[1]), int(key[2]), n) for key, n in self._by_kind[BOTH]]
        n_units = sum(n for _, _, n in both)
        n_votes = sum(n * (h + j) for h, j, n in both)
        if not n_units:
            return Coefficient(None, NOT_BOTH, 0, 0)
        margins = self._margins() / n_units
        if int((margins.sum(axis=0) > 0).sum()) < 2:
            return Coefficient(None, ONE_VALUE, n_units, n_votes)
        rows = self._by_kind[ACROSS]
        found = np.array([(*key[1:], n) for key, n in rows], np.int64).reshape(-1, 6)
        near = 1.0 - distance_of_shapes(found[:, 2:5], masi_weights=True)
        alike = float((near * found[:, 5] / (found[:, 0] * found[:, 1])).sum()) / n_units
        chance = float(margins[0] @ likeness @ margins[1])
        return Coefficient((alike - chance) / (1 - chance), "", n_units, n_votes)

    def _margins(self) -> Floats:
        """Return people and jurors by values: the sum of the shares of their labels."""
        place = {value: number for number, value in enumerate(self.values)}
        found = np.zeros((2, len(self.values)))
        for (_, side, many, label), n in self._by_kind[SIDE]:
            found[int(side), place[str(label)]] += n / int(many)
        return found


@dataclass(frozen=True, eq=False)
class _SizeCells(Cells):
    """Cells of which each stands for all units of one number of labels."""

    _set_pairs: SetPairs

    @property
    def set_pairs(self) -> SetPairs:
        """Pairs of labels, equal ones too: nothing else is known of them."""
        return self._set_pairs

    @cached_property
    def squares(self) -> Floats:
        """Per size the sum over units of the squared counts: every equal pair twice, and each label."""
        pairs = self.set_pairs
        same = (pairs.shape == pairs.shape[:, :1]).all(axis=1)
        twice = np.bincount(pairs.pattern, 2 * pairs.labels * same, minlength=len(self))
        return twice.astype(np.float64) + self.sizes * self.units
