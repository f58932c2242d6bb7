"""What was said of one unit, as a short text; and what that text is at every level of agreement.

A unit's pattern is the multiset of its votes without their raters: who votes next changes one
text into another. It is kept whole where it changes (one row per unit and question) and taken
apart into levels when it is folded, so that a submit writes next to nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import Final, NamedTuple

from jury.agreement.levels import Level
from jury.agreement.levels import label as library_label
from jury.taxonomy import Taxonomy
from jury.verdict import QuestionSchema

SEPARATOR: Final = "|"
YES: Final = "yes"
NO: Final = "no"

FIRST_PASS: Final = "first_pass"  # noqa: S105 - a population, no password
ALL: Final = "all"
JUROR: Final = "juror"
HUMAN_JUROR: Final = "human_juror"

VERDICT: Final = "verdict"
CORE: Final = "core"
FINE: Final = "fine"
_SHARED: Final[Mapping[str, Level]] = {VERDICT: "verdict", CORE: "core", FINE: "fine"}
ROLLED: Final = "core:"
"""Before a category's id: the category or one of its finer ones."""
CONFUSED: Final = "confused"
"""Not a level of labels: how many pairs of votes take one category for the other …"""
CONFUSED_UNITS: Final = "confused_units"
"""… and on how many units."""

PERSON: Final = "human:"
JURY: Final = "juror:"
"""What labels begin with where people and jurors are counted side by side."""

_KEPT: Final = 20_000


class Token(NamedTuple):
    """One vote: the population it enters, whether it decides, and what it says."""

    population: str
    counts: bool
    value: str
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PatternChange:
    """A unit's votes on a question as they were counted, and as they are now; texts as below."""

    unit: int
    target: str
    question: str
    before: str
    now: str


class Mark(NamedTuple):
    """One unit's place in one table: a pattern of labels, or a pair of categories."""

    population: str
    level: str
    pattern: str


Said = Sequence[tuple[str, tuple[str, ...], int]]
"""Value, categories and how many said so."""


def written(tokens: Iterable[Token]) -> str:
    """Return a unit's votes as text; equal multisets give equal texts, none the empty one."""
    counted = sorted(Counter(tokens).items())
    if not counted:
        return ""
    rows = [
        [token.population, int(token.counts), token.value, SEPARATOR.join(token.categories), n]
        for token, n in counted
    ]
    return json.dumps(rows, separators=(",", ":"), ensure_ascii=False)


def read(text: str) -> list[tuple[Token, int]]:
    """Return the votes of a text, each with how many gave it."""
    return [
        (Token(population, bool(counts), value, _members(categories)), n)
        for population, counts, value, categories, n in (json.loads(text) if text else ())
    ]


def _members(categories: str) -> tuple[str, ...]:
    return tuple(categories.split(SEPARATOR)) if categories else ()


def pattern_of(labels: Iterable[tuple[str, int]]) -> str:
    """Return how often each label was given, as text."""
    counted: Counter[str] = Counter()
    for label, n in labels:
        counted[label] += n
    return json.dumps(sorted(counted.items()), separators=(",", ":"), ensure_ascii=False)


def levels(taxonomy: Taxonomy) -> tuple[str, ...]:
    """Return every level at which a question with categories is looked at."""
    parents = {category.parent for category in taxonomy.categories if category.parent}
    rolled = (f"{ROLLED}{each}" for each in taxonomy.ids if each in parents)
    return (VERDICT, CORE, FINE, *taxonomy.ids, *rolled)


def label(taxonomy: Taxonomy, level: str, value: str, categories: Sequence[str]) -> str:
    """Return an answer's label at a level; a set is joined by `|`, the empty one is `none`."""
    shared = _SHARED.get(level)
    if shared is not None:
        return library_label(shared, value, categories, taxonomy)
    if level.startswith(ROLLED):
        chosen = level.removeprefix(ROLLED) in taxonomy.roll_up(categories, "core")
        return YES if chosen else NO
    return YES if level in categories else NO


@dataclass(slots=True)
class _Memory:
    """Texts that were taken apart already: most units look like others."""

    marks: dict[str, Mapping[Mark, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Lens:
    """Takes texts of one question apart, under one taxonomy."""

    taxonomy: Taxonomy
    question: QuestionSchema
    _memory: _Memory = field(default_factory=_Memory, repr=False, compare=False)

    @cached_property
    def levels(self) -> tuple[str, ...]:
        """The levels of the question: of one without categories, its answers only."""
        return levels(self.taxonomy) if self.question.categories is not None else (VERDICT,)

    def marks(self, text: str) -> Mapping[Mark, int]:
        """Return a unit's marks in all tables; each counts one but in `CONFUSED`."""
        known = self._memory.marks
        if text not in known:
            if len(known) >= _KEPT:
                known.clear()
            known[text] = dict(self._marks(text))
        return known[text]

    def _marks(self, text: str) -> Iterator[tuple[Mark, int]]:
        people: dict[str, list[tuple[str, tuple[str, ...], int]]] = {}
        for token, n in read(text):
            said = (token.value, token.categories, n)
            if token.population:
                people.setdefault(token.population, []).append(said)
            if token.counts and token.population != JUROR:
                people.setdefault(ALL, []).append(said)
        for population, said_by in people.items():
            for level in self.levels:
                pattern = pattern_of(self._labels(level, said_by))
                yield Mark(population, level, pattern), 1
            yield from self._confused(population, _pairs(said_by))
        first, jury = people.get(FIRST_PASS, []), people.get(JUROR, [])
        if first or jury:
            yield from self._side_by_side(first, jury)

    def _labels(self, level: str, said: Said, prefix: str = "") -> Iterator[tuple[str, int]]:
        for value, categories, n in said:
            yield prefix + label(self.taxonomy, level, value, categories), n

    def _side_by_side(self, first: Said, jury: Said) -> Iterator[tuple[Mark, int]]:
        """Yield the marks of people and jurors on one unit, their labels told apart."""
        for level in self.levels:
            both = [*self._labels(level, first, PERSON), *self._labels(level, jury, JURY)]
            yield Mark(HUMAN_JUROR, level, pattern_of(both)), 1
        across = [
            (frozenset(one), frozenset(other), n * m) for _, one, n in first for _, other, m in jury
        ]
        yield from self._confused(HUMAN_JUROR, across)

    def _confused(
        self, population: str, pairs: Iterable[tuple[frozenset[str], frozenset[str], int]]
    ) -> Iterator[tuple[Mark, int]]:
        """Yield pairs of categories: one voter chose the first only, another the second only."""
        if self.question.categories is None:
            return
        votes: Counter[tuple[str, str]] = Counter()
        for one, other, n in pairs:
            for mine in one - other:
                for theirs in other - one:
                    votes[min(mine, theirs), max(mine, theirs)] += n
        for pair, n in votes.items():
            name = json.dumps(pair, separators=(",", ":"))
            yield Mark(population, CONFUSED, name), n
            yield Mark(population, CONFUSED_UNITS, name), 1


def _pairs(said: Said) -> Iterator[tuple[frozenset[str], frozenset[str], int]]:
    sets: Counter[frozenset[str]] = Counter()
    for _, categories, n in said:
        sets[frozenset(categories)] += n
    for (one, n), (other, m) in combinations(sets.items(), 2):
        yield one, other, n * m
