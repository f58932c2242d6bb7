"""Annotator by annotator: how each two raters agree on the units both judged.

Cell (a, b) rests on the n_ab units both labeled: p_o = share of equal labels,
kappa = (p_o - p_e) / (1 - p_e) with p_e from the two raters' own shares on those units (J. Cohen, A
coefficient of agreement for nominal scales, 1960). The matrix is symmetric; its diagonal is empty, as a
rater against themselves is self-consistency, which needs repeats.
"""

from __future__ import annotations

from dataclasses import dataclass

from jury.agreement.columns import Columns
from jury.agreement.kappa import RaterPair, cohen_pairs


@dataclass(frozen=True, slots=True)
class RaterMatrix:
    """All pairs of raters.

    Attributes:
        raters: The names of rows and columns, sorted.
        cells: Raters by raters; None on the diagonal and for two who share no unit.
    """

    raters: tuple[str, ...]
    cells: tuple[tuple[RaterPair | None, ...], ...]

    def row_mean(self, number: int) -> float | None:
        """Return a rater's mean kappa with the others, weighted by shared units; None without any.

        A rater far below the others stands out here before any model is fitted.
        """
        found = [cell.kappa for cell in self.cells[number] if cell and cell.kappa.value is not None]
        weight = sum(kappa.n_units for kappa in found)
        total = sum(kappa.n_units * (kappa.value or 0.0) for kappa in found)
        return total / weight if weight else None


def rater_matrix(votes: Columns) -> RaterMatrix | None:
    """Return the matrix of votes; None for more pairs of labels than can be compared."""
    pairs = cohen_pairs(votes)
    if pairs is None:
        return None
    place = {name: number for number, name in enumerate(votes.raters)}
    cells: list[list[RaterPair | None]] = [[None] * len(place) for _ in place]
    for pair in pairs:
        one, other = place[pair.first], place[pair.second]
        cells[one][other] = cells[other][one] = pair
    return RaterMatrix(votes.raters, tuple(map(tuple, cells)))
