"""Sets of categories without their patterns: how alike the labels of a unit are, to be summed.

Sets combine in so many ways that a large project has a pattern for every few units. But a coefficient
asks little of them: of the units with m labels how many there are, how often each set was given, how
many hold a category how often, and how many pairs of labels are how alike. These sums grow with the
number of sets, not with that of their combinations; a vote changes some of them by whole numbers, and
from them every coefficient is exact (:mod:`jury.agreement.summed`). Only a resampling of units needs the
patterns themselves.

K. Krippendorff calls pairs of labels of one unit coincidences: Content Analysis (2004), chapter 11.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Final

from jury.agreement.rows import members
from jury.agreement.tree import lineage

Key = tuple[str | int, ...]
"""What is summed: one of the letters below, then what it is about."""
Said = Mapping[str, int]
"""How often a unit was given each label."""
Shape = tuple[int, int, int]
"""Two sets, the smaller first: how many members each has, and how many they share."""

UNITS: Final = "u"
"""(labels of the unit): units with so many."""
LABELS: Final = "l"
"""(labels of the unit, label): how often it was given."""
HOLDING: Final = "h"
"""(labels of the unit, member, times): units on which so many labels hold it."""
PAIRS: Final = "p"
"""(labels of the unit, shape, shape with all ancestors): pairs of labels."""
BOTH: Final = "b"
"""(labels of people, of jurors): units that both judged."""
SIDE: Final = "s"
"""(0 for people or 1 for jurors, labels of theirs, label): how often it was given where both judged."""
ACROSS: Final = "x"
"""(labels of people, of jurors, shape): pairs of a person's and a juror's label."""


class Coincidences:
    """Takes units apart into what is summed; remembers each pair of labels it has met."""

    def __init__(self, separator: str, parents: Mapping[str, str]) -> None:
        """Take sets apart at `separator`; `parents` are those of the categories that have one."""
        self._separator = separator
        self._parents = parents
        self._sets: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
        self._shapes: dict[tuple[str, str], tuple[int, ...]] = {}

    def of(self, said: Said) -> Iterator[tuple[Key, int]]:
        """Yield what a unit adds to the sums of its population."""
        m = sum(said.values())
        if not m:
            return
        yield (UNITS, m), 1
        holding: Counter[str] = Counter()
        for label, n in said.items():
            yield (LABELS, m, label), n
            for member in self._both(label)[0]:
                holding[member] += n
        for member, times in holding.items():
            yield (HOLDING, m, member, times), 1
        for label, n in said.items():
            if n > 1:
                yield (PAIRS, m, *self._alike(label, label)), n * (n - 1) // 2
        for (one, n), (other, k) in combinations(said.items(), 2):
            yield (PAIRS, m, *self._alike(one, other)), n * k

    def across(self, people: Said, jurors: Said) -> Iterator[tuple[Key, int]]:
        """Yield what a unit adds to the sums between people and jurors: nothing unless both judged."""
        h, j = sum(people.values()), sum(jurors.values())
        if not h or not j:
            return
        yield (BOTH, h, j), 1
        for side, (said, m) in enumerate(((people, h), (jurors, j))):
            for label, n in said.items():
                yield (SIDE, side, m, label), n
        for one, n in people.items():
            for other, k in jurors.items():
                yield (ACROSS, h, j, *self._alike(one, other)[:3]), n * k

    def _both(self, label: str) -> tuple[frozenset[str], frozenset[str]]:
        """Return a label's members, and those with all their ancestors."""
        if label not in self._sets:
            own = members(label, self._separator)
            above = (each for member in own for each in lineage(member, self._parents))
            self._sets[label] = (frozenset(own), frozenset(above))
        return self._sets[label]

    def _alike(self, one: str, other: str) -> tuple[int, ...]:
        """Return the shape of two labels, then that of the two with all their ancestors."""
        if (one, other) not in self._shapes:
            first, second = sorted((self._both(one), self._both(other)), key=_sizes)
            self._shapes[one, other] = tuple(
                each
                for a, b in zip(first, second, strict=True)
                for each in (len(a), len(b), len(a & b))
            )
        return self._shapes[one, other]


def _sizes(sets: tuple[frozenset[str], frozenset[str]]) -> tuple[int, int]:
    return len(sets[0]), len(sets[1])
