"""Annotator by annotator: how each two raters agree on the units both judged.

Cell (a, b) rests on the n_ab units both labeled: p_o = share of equal labels,
kappa = (p_o - p_e) / (1 - p_e) with p_e from the two raters' own shares on those units (J. Cohen, A
coefficient of agreement for nominal scales, 1960). The matrix is symmetric; its diagonal is empty, as a
rater against themselves is self-consistency, which needs repeats.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jury.agreement.kappa import NO_SHARED, RaterPair
from jury.agreement.statistic import ONE_VALUE, Coefficient


@dataclass(frozen=True, slots=True)
class RaterMatrix:
    """Raters by raters.

    Attributes:
        raters: The names of rows and columns.
        cells: None on the diagonal and for two who share no unit.
        means: Each rater's mean kappa with all others, weighted by shared units; undefined where no
            kappa is. A rater far below the others stands out here before any model is fitted.
    """

    raters: tuple[str, ...]
    cells: tuple[tuple[RaterPair | None, ...], ...]
    means: tuple[Coefficient, ...]


def rater_matrix(pairs: Iterable[RaterPair], raters: Sequence[str]) -> RaterMatrix:
    """Return the matrix of some raters.

    Args:
        pairs: Every two raters that share a unit, as `cohen_pairs` gives them.
        raters: Those that have a row and a column; their means are over all others all the same.
    """
    place = {name: number for number, name in enumerate(raters)}
    cells: list[list[RaterPair | None]] = [[None] * len(place) for _ in place]
    mine: list[list[Coefficient]] = [[] for _ in place]
    for pair in pairs:
        one, other = place.get(pair.first), place.get(pair.second)
        for number in (one, other):
            if number is not None:
                mine[number].append(pair.kappa)
        if one is not None and other is not None:
            cells[one][other] = cells[other][one] = pair
    return RaterMatrix(tuple(raters), tuple(map(tuple, cells)), tuple(map(_mean, mine)))


def _mean(kappas: Sequence[Coefficient]) -> Coefficient:
    """Return the mean of the kappas that are defined, and on how many shared units they rest."""
    defined = [(kappa.value, kappa.n_units) for kappa in kappas if kappa.value is not None]
    n = sum(units for _, units in defined)
    if not defined:
        return Coefficient(None, ONE_VALUE if kappas else NO_SHARED, n, 2 * n)
    return Coefficient(sum(value * units for value, units in defined) / n, "", n, 2 * n)
