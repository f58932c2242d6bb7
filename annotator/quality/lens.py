"""One unit's votes at every level of agreement: the patterns they show, and what they add to sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import combinations
from typing import Final

from annotator.quality.patterns import (
    ALL,
    CONFUSED,
    CONFUSED_UNITS,
    FIRST_PASS,
    HUMAN_JUROR,
    JUROR,
    JURY,
    NO,
    PERSON,
    SEPARATOR,
    SETS,
    SUMS,
    VERDICT,
    YES,
    Mark,
    as_text,
    label,
    levels,
    parents_at,
    pattern_of,
    read,
)
from jury.agreement.coincidences import Coincidences, Key
from jury.taxonomy import Taxonomy
from jury.verdict import QuestionSchema

Said = Sequence[tuple[str, tuple[str, ...], int]]
"""Value, categories and how many said so."""

_TEXTS: Final = 50_000


@dataclass(frozen=True, slots=True)
class _Answer:
    """What an answer says at each level, and the categories' levels at which that is yes."""

    labels: Mapping[str, str]
    yes: tuple[str, ...]


@dataclass(slots=True)
class _Memory:
    """What was taken apart already: most units, and most answers, look like others.

    Attributes:
        marks: Of a unit's text.
        same: One mark for all that are equal to it.
        at_tables: The marks of a text that waits to be folded.
        answers: Of a value and categories.
    """

    marks: dict[str, Mapping[Mark, int]] = field(default_factory=dict)
    same: dict[Mark, Mark] = field(default_factory=dict)
    at_tables: dict[str, Mapping[tuple[str, str], Sequence[tuple[str, int]]]] = field(
        default_factory=dict
    )
    answers: dict[tuple[str, tuple[str, ...]], _Answer] = field(default_factory=dict)


@dataclass(frozen=True)
class Lens:
    """Takes texts of one question apart, under one taxonomy.

    Attributes:
        taxonomy: The taxonomy.
        question: The question.
        kept: How many texts are remembered.
    """

    taxonomy: Taxonomy
    question: QuestionSchema
    kept: int = 5_000
    _memory: _Memory = field(default_factory=_Memory, repr=False, compare=False)

    @cached_property
    def _open_levels(self) -> tuple[str, ...]:
        """The levels of which labels are answers or sets."""
        return tuple(level for level in self.levels if level in {VERDICT, *SETS})

    @cached_property
    def _yes_or_no(self) -> tuple[str, ...]:
        """The others: whether a category was chosen."""
        return tuple(level for level in self.levels if level not in self._open_levels)

    @cached_property
    def _sums(self) -> Mapping[str, Coincidences]:
        """What takes the sets of each level of them apart."""
        levels = [level for level in SETS if level in self.levels]
        return {
            level: Coincidences(SEPARATOR, parents_at(self.taxonomy, level)) for level in levels
        }

    @cached_property
    def levels(self) -> tuple[str, ...]:
        """The levels of the question: of one without categories, its answers only."""
        return levels(self.taxonomy) if self.question.categories is not None else (VERDICT,)

    def marks(self, text: str) -> Mapping[Mark, int]:
        """Return a unit's marks in all tables, each with what it adds there: one to a pattern."""
        known, same = self._memory.marks, self._memory.same
        # What was found is returned itself: another thread may clear the memory at any moment.
        found = known.get(text)
        if found is None:
            if len(known) >= self.kept:
                for memory in (known, same, self._memory.answers):
                    memory.clear()
            made: dict[Mark, int] = {}
            for mark, n in self._marks(text):
                kept = same.setdefault(mark, mark)
                made[kept] = made.get(kept, 0) + n
            found = known[text] = made
        return found

    def at_tables(self, text: str) -> Mapping[tuple[str, str], Sequence[tuple[str, int]]]:
        """Return the same by population and level: for who looks at a few tables of many."""
        known = self._memory.at_tables
        found = known.get(text)
        if found is None:
            if len(known) >= self.kept:
                known.clear()
            made: dict[tuple[str, str], list[tuple[str, int]]] = {}
            for mark, n in self.marks(text).items():
                made.setdefault(mark[:2], []).append((mark.pattern, n))
            found = known[text] = made
        return found

    def _marks(self, text: str) -> Iterator[tuple[Mark, int]]:
        people: dict[str, list[tuple[str, tuple[str, ...], int]]] = {}
        for token, n in read(text):
            said = (token.value, token.categories, n)
            if token.population:
                people.setdefault(token.population, []).append(said)
            if token.counts and token.population != JUROR:
                people.setdefault(ALL, []).append(said)
        for population, said_by in people.items():
            yield from self._of_one_kind(population, said_by)
            yield from self._confused(population, _pairs(said_by))
        first, jury = people.get(FIRST_PASS, []), people.get(JUROR, [])
        if first or jury:
            yield from self._side_by_side(first, jury)

    def _of_one_kind(self, population: str, said: Said) -> Iterator[tuple[Mark, int]]:
        """Yield the marks of votes that are told apart by what they say alone."""
        for level in self._open_levels:
            labels = self._labels(level, said)
            yield Mark(population, level, pattern_of(labels.items())), 1
            if level in self._sums:
                yield from _summed(population, level, self._sums[level].of(labels))
        m, chosen = self._chosen(said)
        for level in self._yes_or_no:
            yes = chosen.get(level, 0)
            yield Mark(population, level, _yes_or_no((("", m, yes),))), 1

    def _side_by_side(self, first: Said, jury: Said) -> Iterator[tuple[Mark, int]]:
        """Yield the marks of people and jurors on one unit, their labels told apart."""
        for level in self._open_levels:
            people, jurors = self._labels(level, first), self._labels(level, jury)
            both = {PERSON + label: n for label, n in people.items()}
            both |= {JURY + label: n for label, n in jurors.items()}
            yield Mark(HUMAN_JUROR, level, pattern_of(both.items())), 1
            if level in self._sums:
                sums = self._sums[level]
                yield from _summed(HUMAN_JUROR, level, sums.of(Counter(people) + Counter(jurors)))
                yield from _summed(HUMAN_JUROR, level, sums.across(people, jurors))
        (m, chosen), (n, picked) = self._chosen(first), self._chosen(jury)
        for level in self._yes_or_no:
            sides = (PERSON, m, chosen.get(level, 0)), (JURY, n, picked.get(level, 0))
            yield Mark(HUMAN_JUROR, level, _yes_or_no(sides)), 1
        across = [
            (frozenset(one), frozenset(other), n * m) for _, one, n in first for _, other, m in jury
        ]
        yield from self._confused(HUMAN_JUROR, across)

    def _labels(self, level: str, said: Said) -> dict[str, int]:
        """Return how often each label was given at a level."""
        found: dict[str, int] = {}
        for value, categories, n in said:
            label = self._answer(value, categories).labels[level]
            found[label] = found.get(label, 0) + n
        return found

    def _chosen(self, said: Said) -> tuple[int, dict[str, int]]:
        """Return how many votes there are, and how many say yes at each level that asks so."""
        m, found = 0, dict[str, int]()
        for value, categories, n in said:
            m += n
            for level in self._answer(value, categories).yes:
                found[level] = found.get(level, 0) + n
        return m, found

    def _answer(self, value: str, categories: tuple[str, ...]) -> _Answer:
        known = self._memory.answers
        found = known.get((value, categories))
        if found is None:
            labels = {
                level: label(self.taxonomy, level, value, categories) for level in self.levels
            }
            yes = tuple(level for level in self._yes_or_no if labels[level] == YES)
            found = known[value, categories] = _Answer(labels, yes)
        return found

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
            name = as_text(pair)
            yield Mark(population, CONFUSED, name), n
            yield Mark(population, CONFUSED_UNITS, name), 1


def sums_key(key: Key) -> str:
    """Return what is summed as the text of a mark."""
    return as_text(key)


def _summed(
    population: str, level: str, sums: Iterable[tuple[Key, int]]
) -> Iterator[tuple[Mark, int]]:
    for key, n in sums:
        yield Mark(population, SUMS + level, sums_key(key)), n


def _pairs(said: Said) -> Iterator[tuple[frozenset[str], frozenset[str], int]]:
    sets: Counter[frozenset[str]] = Counter()
    for _, categories, n in said:
        sets[frozenset(categories)] += n
    for (one, n), (other, m) in combinations(sets.items(), 2):
        yield one, other, n * m


@lru_cache(maxsize=_TEXTS)
def _yes_or_no(sides: tuple[tuple[str, int, int], ...]) -> str:
    """Return the pattern of (prefix, votes, of them yes) of each side."""
    return pattern_of(
        (prefix + label, n)
        for prefix, m, yes in sides
        for label, n in ((NO, m - yes), (YES, yes))
        if n
    )
