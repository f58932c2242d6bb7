"""Patterns as tables: taken apart once, and kept as long as a page looks at them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import filterfalse
from struct import Struct
from threading import Lock
from typing import Final

import numpy as np

from annotator.quality.patterns import FIRST_PASS, HUMAN_JUROR, JUROR, PERSON
from annotator.quality.queries.counted import Patterns, Table
from jury.agreement.columns import Ints
from jury.agreement.sides import Side, Sides
from jury.agreement.table import PatternTable, table_from_matrix

_KEPT: Final = 150_000
"""Patterns kept in mind, about 400 bytes each: a million units with a jury have some 90,000 of sets."""
_PAIR: Final = Struct("=ii").pack
_PAIR_BYTES: Final = 8
Said = bytes
"""The numbers of a pattern's labels, each beside how often it was given: pairs of 32 bits."""


@dataclass(slots=True)
class _Words:
    """Patterns that were read before, from one look to the next few are new; and their labels' numbers.

    Attributes:
        known: What a pattern says.
        numbers: The number of each label, in the order in which they were first met.
    """

    known: dict[str, Said] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def said(self, counted: Patterns) -> list[Said]:
        """Return what patterns say, in their order."""
        known: Mapping[str, Said] = self.known
        if not all(map(known.__contains__, counted)):
            known = self._read(counted)
        return list(map(known.__getitem__, counted))

    def _read(self, counted: Patterns) -> Mapping[str, Said]:
        """Take apart what is new, and return what is known then."""
        with self._lock:  # two threads at once would give one number to two labels
            new = list(filterfalse(self.known.__contains__, counted))
            if len(self.known) + len(new) > _KEPT:
                self.known, new = {}, list(counted)
            for pattern, labels in zip(new, json.loads(f"[{','.join(new)}]"), strict=True):
                self.known[pattern] = b"".join(
                    _PAIR(self.numbers.setdefault(label, len(self.numbers)), n)
                    for label, n in labels
                )
            return self.known

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels, by their numbers."""
        return tuple(self.numbers)


_WORDS: Final = _Words()


@dataclass(frozen=True, slots=True)
class _Flat:
    """All labels of some patterns, a place each.

    Attributes:
        pattern: The number of the pattern, ascending.
        label: The number of the label.
        given: How often it was given there.
    """

    pattern: Ints
    label: Ints
    given: Ints

    @classmethod
    def of(cls, counted: Patterns) -> _Flat:
        """Return the labels of patterns, in their order."""
        said = _WORDS.said(counted)
        pairs = np.frombuffer(b"".join(said), np.int32).reshape(-1, 2).astype(np.int64)
        many = np.fromiter(map(len, said), np.int64, len(said)) // _PAIR_BYTES
        return cls(np.repeat(np.arange(len(said)), many), pairs[:, 0], pairs[:, 1])

    def columns(self, value_of: Callable[[str], str]) -> tuple[Ints, list[str]]:
        """Return the value of each label by its number, and the values, sorted as text."""
        labels = _WORDS.labels
        named = {each: value_of(labels[each]) for each in np.unique(self.label).tolist()}
        values = sorted(set(named.values()))
        place = {value: at for at, value in enumerate(values)}
        column = np.zeros(len(labels), np.int64)
        column[list(named)] = [place[value] for value in named.values()]
        return column[self.label], values


@dataclass(slots=True)
class _Recent:
    """The tables of the last few patterns: a page looks at the same ones from several sides."""

    tables: tuple[tuple[Patterns, bool, PatternTable], ...] = ()
    taken_apart: tuple[tuple[Patterns, Sides], ...] = ()

    def sides(self, counted: Patterns) -> Sides:
        """Return the sides of some patterns."""
        for known, sides in self.taken_apart:
            if known is counted:
                return sides
        made = _sides(counted)
        self.taken_apart = (*self.taken_apart[-1:], (counted, made))
        return made

    def table(self, counted: Patterns, *, merged: bool) -> PatternTable:
        """Return the table of some patterns; comparing them costs a hundredth of making it."""
        for known, like, table in self.tables:
            if like == merged and (known is counted or known == counted):
                return table
        made = self.sides(counted).merged() if merged else _table(counted)
        self.tables = (*self.tables[-7:], (counted, merged, made))
        return made


_RECENT: Final = _Recent()


def table_of(counted: Patterns) -> PatternTable:
    """Return the table of some patterns, which nobody changes any more."""
    return _RECENT.table(counted, merged=False)


def _table(counted: Patterns) -> PatternTable:
    flat = _Flat.of(counted)
    column, values = flat.columns(str)
    small = np.min_scalar_type(int(flat.given.max(initial=0)))
    counts = np.zeros((len(counted), len(values)), small)
    counts[flat.pattern, column] = flat.given
    weights = np.fromiter(counted.values(), np.int64, len(counted))
    return table_from_matrix(counts, weights, values)


def sides_of(counted: Patterns) -> Sides:
    """Return what people and jurors say in patterns of both, which nobody changes any more."""
    return _RECENT.sides(counted)


def _sides(counted: Patterns) -> Sides:
    # Ordered, so that equal patterns give equal digits.
    ordered = {pattern: counted[pattern] for pattern in sorted(counted)}
    flat = _Flat.of(ordered)
    column, values = flat.columns(lambda label: label.partition(":")[2])
    of_people = np.array([label.startswith(PERSON) for label in _WORDS.labels], np.bool_)
    first = of_people[flat.label]
    sides = [Side(flat.pattern[m], column[m], flat.given[m]) for m in (first, ~first)]
    weights = np.fromiter(ordered.values(), np.int64, len(ordered))
    return Sides(values, sides[0], sides[1], weights)


def population_table(population: str, counted: Patterns) -> PatternTable:
    """Return the table of a population's patterns; where it has two kinds, both together."""
    return _RECENT.table(counted, merged=population == HUMAN_JUROR)


def table_at(counted: Mapping[Table, Patterns], population: str, level: str) -> PatternTable:
    """Return a population's table among those read with people's and jurors'.

    Where no juror has voted, people and jury are people, and their own patterns need not be there.
    """
    if population == HUMAN_JUROR and not counted[JUROR, level]:
        return table_of(counted[FIRST_PASS, level])
    return population_table(population, counted[population, level])
