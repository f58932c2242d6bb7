"""Which categories raters take for each other.

Two labels on one unit confuse categories A and B where one holds A and not B, the other B and not A.
Over count patterns with weight w and counts c, each pair of values (i, j) of a pattern stands for
w c_i c_j pairs of labels; the category pairs follow from the two sets. Single labels are sets of one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from jury.agreement.columns import Ints
from jury.agreement.rows import members
from jury.agreement.table import PatternTable


@dataclass(frozen=True, slots=True)
class CategoryConfusion:
    """Two categories, in the order of their names.

    Attributes:
        first: The one.
        second: The other.
        units: Units on which they are confused.
        pairs: Pairs of labels that confuse them, a pair counted once.
        share: `pairs` among all pairs of labels of which one holds the first and the other the second.
    """

    first: str
    second: str
    units: int
    pairs: int
    share: float


def category_confusion(
    table: PatternTable, separator: str | None = None
) -> tuple[CategoryConfusion, ...]:
    """Return the pairs of categories that are confused, those of the most units first.

    Args:
        table: Patterns of labels.
        separator: Of set-valued labels; None where each label is one category.
    """
    names = [
        frozenset((value,) if separator is None else members(value, separator))
        for value in table.values
    ]
    units: Counter[tuple[str, str]] = Counter()
    confused: Counter[tuple[str, str]] = Counter()
    met: Counter[tuple[str, str]] = Counter()
    for counts, weight in zip(table.counts, table.weights.tolist(), strict=True):
        here: Counter[tuple[str, str]] = Counter()
        for one, other, many in _pairs(counts):
            here.update(dict.fromkeys(_apart(names[one], names[other]), many))
            met.update(dict.fromkeys(_across(names[one], names[other]), many * weight))
        for pair, many in here.items():
            confused[pair] += many * weight
            units[pair] += weight
    ranked = sorted(confused, key=lambda pair: (-units[pair], -confused[pair], pair))
    return tuple(
        CategoryConfusion(*pair, units[pair], confused[pair], confused[pair] / met[pair])
        for pair in ranked
    )


def _pairs(counts: Ints) -> Iterator[tuple[int, int, int]]:
    """Yield pairs of values of a pattern, the same value twice included, and their label pairs."""
    present = np.flatnonzero(counts).tolist()
    for value in present:
        same = int(counts[value]) * (int(counts[value]) - 1) // 2
        if same:
            yield value, value, same
    for one, other in combinations(present, 2):
        yield one, other, int(counts[one]) * int(counts[other])


def _apart(one: frozenset[str], other: frozenset[str]) -> set[tuple[str, str]]:
    return {(min(a, b), max(a, b)) for a in one - other for b in other - one}


def _across(one: frozenset[str], other: frozenset[str]) -> set[tuple[str, str]]:
    return {(min(a, b), max(a, b)) for a in one for b in other if a != b}
