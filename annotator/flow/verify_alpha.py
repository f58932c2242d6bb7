"""Krippendorff's alpha by an independent referee: for `verify`.

Written apart from :mod:`jury.agreement`, so that a mistake there is not made here too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any, Final, Literal

Level = Literal["nominal", "ordinal", "interval", "masi", "jaccard", "tree"]
Counts = Sequence[Sequence[int]]
Distances = Sequence[Sequence[float]]
Parents = Mapping[str, str]
Referee = Callable[[Counts, Level, Sequence[str], Parents], float | None]

OF_SETS: Final[frozenset[Level]] = frozenset(("masi", "jaccard", "tree"))
_NOBODY: Final[Parents] = {}


def referee() -> Referee:
    """Return the `krippendorff` package's alpha where it is installed, else the textbook's."""
    return by_package if find_spec("krippendorff") else by_textbook


def by_package(
    counts: Counts, level: Level, values: Sequence[str] = (), parents: Parents = _NOBODY
) -> float | None:
    """Return alpha as the `krippendorff` package computes it, None where it is undefined.

    Args:
        counts: A row a unit: how many labels it has of each value.
        level: The distance.
        values: What the columns mean; only distances between sets and numbers look at them.
        parents: The parent of each category that has one, for the tree's distance.
    """
    import krippendorff  # noqa: PLC0415 - not needed to run Concord
    import numpy as np  # noqa: PLC0415 - only beside it

    pairable = [unit for unit in counts if sum(unit) >= 2]
    if sum(any(unit[value] for unit in pairable) for value in range(_width(pairable))) < 2:
        return None
    measure: Any = level
    if level in OF_SETS:
        between = np.array(distances(values, level, parents))
        given = np.array(pairable).sum(axis=0)
        if not given @ between @ given:
            return None  # what was given is all one to this distance

        def measure(v1: Any, v2: Any, i1: Any, i2: Any, **_: Any) -> Any:  # noqa: ANN401 - arrays
            return between[i1, i2]

    numbered = [float(value) for value in values] if level == "interval" else None
    return float(
        krippendorff.alpha(
            value_counts=np.array(pairable),
            value_domain=numbered or list(range(_width(pairable))),
            level_of_measurement=measure,
        )
    )


def by_textbook(
    counts: Counts, level: Level, values: Sequence[str] = (), parents: Parents = _NOBODY
) -> float | None:
    """Return alpha from the matrix of coincidences, pair by pair (Krippendorff 2011)."""
    pairable = [unit for unit in counts if sum(unit) >= 2]
    width = _width(pairable)
    together = [[0.0] * width for _ in range(width)]
    for unit in pairable:
        for one in range(width):
            for other in range(width):
                pairs = unit[one] * (unit[other] - (one == other))
                together[one][other] += pairs / (sum(unit) - 1)
    totals = [sum(row) for row in together]
    n = sum(totals)
    if sum(total > 0 for total in totals) < 2:
        return None
    apart = _ranks(totals) if level == "ordinal" else distances(values, level, parents, width)
    observed = expected = 0.0
    for one in range(width):
        for other in range(one + 1, width):
            observed += together[one][other] * apart[one][other]
            expected += totals[one] * totals[other] * apart[one][other]
    return 1 - (n - 1) * observed / expected if expected else None


def _ranks(totals: Sequence[float]) -> Distances:
    def between(one: int, other: int) -> float:
        low, high = min(one, other), max(one, other)
        return (sum(totals[low : high + 1]) - (totals[low] + totals[high]) / 2) ** 2

    return [[between(one, other) for other in range(len(totals))] for one in range(len(totals))]


def distances(
    values: Sequence[str], level: Level, parents: Parents = _NOBODY, width: int = 0
) -> Distances:
    """Return the distances between values, by the definitions (MASI: Passonneau 2006)."""
    if level == "interval":
        numbers = [float(value) for value in values]
        return [[(one - other) ** 2 for other in numbers] for one in numbers]
    if level not in OF_SETS:
        many = range(len(values) or width)
        return [[float(one != other) for other in many] for one in many]
    sets = [frozenset(value.split("|")) for value in values]
    if level == "tree":
        sets = [_with_ancestors(one, parents) for one in sets]
    return [[_distance(one, other, level) for other in sets] for one in sets]


def _distance(one: frozenset[str], other: frozenset[str], level: Level) -> float:
    jaccard = len(one & other) / len(one | other)
    if level != "masi":
        return 1 - jaccard
    if one == other:
        return 0.0
    if one <= other or other <= one:
        return 1 - jaccard * 2 / 3
    return 1 - jaccard / 3 if one & other else 1.0


def _with_ancestors(categories: frozenset[str], parents: Parents) -> frozenset[str]:
    found = set(categories)
    while more := {parents[each] for each in found if each in parents} - found:
        found |= more
    return frozenset(found)


def _width(counts: Counts) -> int:
    return len(counts[0]) if counts else 0
