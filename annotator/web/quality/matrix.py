"""Rater against rater, as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from annotator.quality.queries.agreement import AgreementView
from jury.agreement.kappa import RaterPair

MOST: Final = 12


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A rater, how many votes they gave, and their pairs; None with themself or nobody's unit."""

    name: str
    labels: int
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
    pairs = {(pair.first, pair.second): pair for pair in figures.matrix}
    rows = tuple(
        MatrixRow(
            one,
            figures.labels[one],
            tuple(pairs.get((min(one, other), max(one, other))) for other in names),
        )
        for one in names
    )
    return Matrix(names, rows, len(ranked) - len(names))
