"""Random votes, and the plain way to count them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from jury.agreement.columns import Columns, columns
from jury.agreement.rows import VoteRow

Triple = tuple[str, str, str]
VALUES = ("1", "2", "3", "7")


@st.composite
def triples(draw: st.DrawFn, values: Sequence[str] = VALUES) -> list[Triple]:
    """Return votes of up to five raters on up to eight units, some left out."""
    units = draw(st.integers(1, 8))
    raters = draw(st.integers(1, 5))
    cell = st.one_of(st.none(), st.sampled_from(values))
    answers = draw(st.lists(cell, min_size=units * raters, max_size=units * raters))
    return [
        (f"u{place // raters}", f"r{place % raters}", value)
        for place, value in enumerate(answers)
        if value is not None
    ]


def random_columns(seed: int, *, units: int, values: int, most: int) -> Columns:
    """Return votes of `most` raters who leave out a third."""
    rng = np.random.default_rng(seed)
    answers = rng.integers(0, values, (units, most))
    given = np.argwhere(rng.random((units, most)) > 1 / 3).tolist()
    return columns((f"u{u:04}", f"r{r:02}", f"v{answers[u, r]:02}") for u, r in given)


def rows(votes: Sequence[Triple], kind: str = "human") -> list[VoteRow]:
    return [VoteRow(item, rater, label, kind) for item, rater, label in votes]


def counted(votes: Sequence[Triple]) -> list[Counter[str]]:
    """Return the value counts of each unit."""
    units: dict[str, Counter[str]] = {}
    for unit, _, value in votes:
        units.setdefault(unit, Counter())[value] += 1
    return list(units.values())
