"""Percent agreement, Gwet's AC1, Fleiss' kappa (count patterns); Cohen's and a group kappa."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from jury.agreement.cells import Cells
from jury.agreement.columns import Columns, Floats, Ints, pairs_across, pairs_within_units
from jury.agreement.statistic import ONE_VALUE, Coefficient, Counted, ratio

NO_SHARED: Final = "no two raters share a unit"
NOT_BOTH: Final = "no unit has both human and juror labels"
TOO_MANY: Final = "too many pairs of labels to compare"
_LEAST_SHARE: Final = 1e-9
# About 4 GB at the peak.
_MOST_PAIRS: Final = 50_000_000
_DENSE_PER_PAIR: Final = 4
_DENSE_LEAST: Final = 65_536


@dataclass(frozen=True, slots=True)
class PercentAgreement:
    """The mean over units of the share of agreeing pairs of labels."""

    def width(self, n_values: int) -> int:
        """Return agreement and unit."""
        return 2

    def own(self, cells: Cells) -> Floats:
        """Return the share of agreeing pairs, and 1."""
        return np.stack((cells.agreeing, cells.units), axis=1)

    def factor(self, cells: Cells) -> None:
        """Return None: what was agreed upon does not matter."""

    def value(self, totals: Floats) -> Floats:
        """Return the share."""
        return ratio(totals[:, 0], totals[:, 1])


@dataclass(frozen=True, slots=True)
class GwetAC1:
    """AC1 = (p_a - p_e) / (1 - p_e), p_e = sum_k q_k (1 - q_k) / (K - 1).

    q_k is the mean over units of the share of labels k; K counts the values that occur.
    Source: K. L. Gwet, Computing inter-rater reliability and its variance in the presence of
    high agreement, BJMSP 61 (2008).
    """

    def width(self, n_values: int) -> int:
        """Return agreement and unit."""
        return 2

    def own(self, cells: Cells) -> Floats:
        """Return the share of agreeing pairs, and 1."""
        return np.stack((cells.agreeing, cells.units), axis=1)

    def factor(self, cells: Cells) -> Floats:
        """Return what makes the counts of a unit shares of it."""
        return cells.pairable / cells.sizes

    def value(self, totals: Floats) -> Floats:
        """Return AC1."""
        observed = ratio(totals[:, 0], totals[:, 1])
        shares = ratio(totals[:, 2:], totals[:, 1:2])
        # Shares are fractions: what is left of a value taken out again may be a rounding error.
        many = (totals[:, 2:] > _LEAST_SHARE).sum(axis=1)
        chance = ratio((shares * (1 - shares)).sum(axis=1), many - 1.0)
        return ratio(observed - chance, 1 - chance)


@dataclass(frozen=True, slots=True)
class Fleiss:
    """Fleiss' kappa over the units with one number of labels.

    Source: J. L. Fleiss, Measuring nominal scale agreement among many raters (1971).
    """

    raters: int

    def width(self, n_values: int) -> int:
        """Return agreement and unit."""
        return 2

    def own(self, cells: Cells) -> Floats:
        """Return the share of agreeing pairs, and 1, of units of that size."""
        here = self.factor(cells)
        return np.stack((cells.agreeing * here, cells.units * here), axis=1)

    def factor(self, cells: Cells) -> Floats:
        """Return 1 for units of that size, else 0."""
        found: Floats = cells.pairable * (cells.sizes == self.raters)
        return found

    def value(self, totals: Floats) -> Floats:
        """Return kappa."""
        observed = ratio(totals[:, 0], totals[:, 1])
        shares = ratio(totals[:, 2:], totals[:, 2:].sum(axis=1, keepdims=True))
        chance = (shares**2).sum(axis=1)
        # Rounding must not turn one value only into a division by almost nothing.
        several = (totals[:, 2:] > 0).sum(axis=1) > 1
        return ratio(observed - chance, np.where(several, 1 - chance, 0.0))


def modal_raters(table: Counted) -> int:
    """Return the most frequent number of labels of a unit, from 2 up; the larger one on a tie.

    Returns 0 when no unit has two.
    """
    units = table.units_by_size()
    units[:2] = 0
    return int(len(units) - 1 - np.argmax(units[::-1])) if units.any() else 0


@dataclass(frozen=True, slots=True)
class RaterPair:
    """Two raters, the units both labeled, and Cohen's kappa and the share of equal labels on them."""

    first: str
    second: str
    kappa: Coefficient
    agreement: float


@dataclass(frozen=True, slots=True, eq=False)
class SharedUnits:
    """Every two raters that share a unit, found once for any number of questions about them.

    Attributes:
        raters: Their names, in the order of their numbers.
        pairs: Two raters as one number: that of the first times the raters, plus the other's.
        shared: How many units each pair shares.
    """

    raters: tuple[str, ...]
    pairs: Ints
    shared: Ints
    _order: Ints
    _left: Ints
    _right: Ints
    _which: Ints

    @classmethod
    def of(cls, unit: Ints, rater: Ints, raters: tuple[str, ...]) -> SharedUnits | None:
        """Return the pairs of raters; None for too many labels."""
        sizes = np.bincount(unit)
        if int((sizes * (sizes - 1) // 2).sum()) > _MOST_PAIRS:
            return None
        order = np.lexsort((rater, unit))
        left, right = pairs_within_units(unit[order])
        # Who was asked twice is no pair of raters.
        two = rater[order][left] != rater[order][right]
        left, right = left[two], right[two]
        key = rater[order][left] * len(raters) + rater[order][right]
        pairs, which = np.unique(key, return_inverse=True)
        shared = np.bincount(which, minlength=len(pairs))
        return cls(raters, pairs, shared, order, left, right, which)

    def kappas(self, value: Ints) -> tuple[RaterPair, ...]:
        """Return Cohen's kappa of each pair, for one value per label in their first order."""
        given = value[self._order]
        one, other = given[self._left], given[self._right]
        observed = np.bincount(self._which, one == other, minlength=len(self.pairs)) / self.shared
        kappa = _cohen(self._which, one, other, observed)
        first, second = np.divmod(self.pairs, max(1, len(self.raters)))
        return tuple(
            RaterPair(self.raters[a], self.raters[b], _coefficient(float(k), int(n)), float(same))
            for a, b, k, n, same in zip(first, second, kappa, self.shared, observed, strict=True)
        )


def cohen_pairs(votes: Columns) -> tuple[RaterPair, ...] | None:
    """Return Cohen's kappa of every two raters that share a unit; None for too many labels.

    kappa = (p_o - p_e) / (1 - p_e); undefined when both gave one and the same value throughout.
    Source: J. Cohen, A coefficient of agreement for nominal scales (1960).
    """
    found = SharedUnits.of(votes.unit, votes.rater, votes.raters)
    return None if found is None else found.kappas(votes.value)


def cohen_mean(votes: Columns) -> tuple[Coefficient, int]:
    """Return the mean of Cohen's kappa over rater pairs, and over how many it is defined."""
    return mean_kappa(cohen_pairs(votes))


def mean_kappa(pairs: Sequence[RaterPair] | None) -> tuple[Coefficient, int]:
    """Return the mean of the kappas that are defined, and how many are; None: too many labels."""
    if pairs is None:
        return Coefficient(None, TOO_MANY, 0, 0), 0
    defined = [pair.kappa.value for pair in pairs if pair.kappa.value is not None]
    n = sum(pair.kappa.n_units for pair in pairs)
    if not defined:
        return Coefficient(None, ONE_VALUE if pairs else NO_SHARED, n, 2 * n), 0
    return Coefficient(sum(defined) / len(defined), "", n, 2 * n), len(defined)


def between_groups(first: Columns, second: Columns, likeness: Floats) -> Coefficient:
    """Return the kappa between two groups of raters over the units that both labeled.

    (p_o - p_e) / (1 - p_e): p_o is the mean over units of the likeness of all pairs across the
    groups, p_e the same between the groups' mean shares; with one rater in each group it is
    Cohen's kappa. Source: H. J. A. Schouten, Statistica Neerlandica 36 (1982).

    Args:
        first: Votes of one group.
        second: Votes of the other, under the same names of units and values.
        likeness: Values by values, 1 for equal.
    """
    many = [np.bincount(group.unit, minlength=len(group.units)) for group in (first, second)]
    both = (many[0] > 0) & (many[1] > 0)
    n_units = int(both.sum())
    n_votes = int(many[0][both].sum() + many[1][both].sum())
    if not n_units:
        return Coefficient(None, NOT_BOTH, 0, 0)
    if int((many[0] * many[1]).sum()) > _MOST_PAIRS:
        return Coefficient(None, TOO_MANY, n_units, n_votes)
    one, other = _sorted(first.only(both[first.unit])), _sorted(second.only(both[second.unit]))
    left, right = pairs_across(one.unit, other.unit)
    unit = one.unit[left]
    alike = likeness[one.value[left], other.value[right]] / (many[0] * many[1])[unit]
    shares = [
        np.bincount(group.value, 1 / sizes[group.unit], minlength=len(group.values)) / n_units
        for group, sizes in zip((one, other), many, strict=True)
    ]
    chance = float(shares[0] @ likeness @ shares[1])
    if len({*one.value.tolist(), *other.value.tolist()}) < 2:
        return Coefficient(None, ONE_VALUE, n_units, n_votes)
    value = (float(alike.sum()) / n_units - chance) / (1 - chance)
    return Coefficient(value, "", n_units, n_votes)


def _cohen(which: Ints, one: Ints, other: Ints, observed: Floats) -> Floats:
    n_values = int(max(one.max(initial=0), other.max(initial=0))) + 1
    shared = np.bincount(which, minlength=len(observed))
    many = len(shared) * n_values
    if many <= max(_DENSE_LEAST, _DENSE_PER_PAIR * len(which)):
        by_one = np.bincount(which * n_values + one, minlength=many)
        by_other = np.bincount(which * n_values + other, minlength=many)
        pair = np.repeat(np.arange(len(shared)), n_values)
    else:
        # Only the values a pair uses: pairs times values may be far larger than the votes.
        cells, place = np.unique(
            np.concatenate((which * n_values + one, which * n_values + other)),
            return_inverse=True,
        )
        by_one = np.bincount(place[: len(which)], minlength=len(cells))
        by_other = np.bincount(place[len(which) :], minlength=len(cells))
        pair = cells // n_values
    chance = np.bincount(pair, by_one * by_other, minlength=len(shared)) / shared**2
    several = np.bincount(pair, (by_one + by_other) > 0, minlength=len(shared)) > 1
    return ratio(observed - chance, np.where(several, 1 - chance, 0.0))


def _coefficient(value: float, n: int) -> Coefficient:
    if np.isnan(value):
        return Coefficient(None, ONE_VALUE, n, 2 * n)
    return Coefficient(value, "", n, 2 * n)


def _sorted(votes: Columns) -> Columns:
    order = np.argsort(votes.unit, kind="stable")
    unit, rater, value = votes.unit[order], votes.rater[order], votes.value[order]
    return Columns(unit, rater, value, votes.units, votes.raters, votes.values)
