"""Rater against rater, as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from annotator.quality.queries.agreement import AgreementView
from jury.agreement.kappa import RaterPair
from jury.agreement.matrix import rater_matrix
from jury.agreement.statistic import Coefficient

MOST: Final = 12


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A rater.

    Attributes:
        name: As an export shows it.
        labels: How many votes they gave.
        mean: Their mean kappa with all others, also with those who are not shown.
        pairs: One a column; None with themself, and with whom they share no unit.
    """

    name: str
    labels: int
    mean: Coefficient
    pairs: tuple[RaterPair | None, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Those with the most votes; `more` counts the others."""

    names: tuple[str, ...]
    rows: tuple[MatrixRow, ...]
    more: int


def matrix(view: AgreementView) -> Matrix | None:
    """Return the table of a view's raters; None while it is not computed, or nobody shares."""
    figures = view.figures
    if figures is None or not figures.matrix:
        return None
    ranked = sorted(figures.labels, key=lambda name: (-figures.labels[name], name))
    names = tuple(sorted(ranked[:MOST]))
    found = rater_matrix(figures.matrix, names)
    rows = tuple(
        MatrixRow(name, figures.labels[name], mean, cells)
        for name, mean, cells in zip(names, found.means, found.cells, strict=True)
    )
    return Matrix(names, rows, len(ranked) - len(names))
