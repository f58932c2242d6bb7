"""Counts as tables: taken apart once, and kept as long as a page looks at them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np

from annotator.quality.patterns import HUMAN_JUROR, PERSON, SUMS
from annotator.quality.queries.counted import Patterns, Table
from jury.agreement.columns import Ints
from jury.agreement.sides import Side, Sides
from jury.agreement.statistic import Counted
from jury.agreement.summed import SummedTable
from jury.agreement.table import PatternTable, table_from_matrix


@dataclass(frozen=True, slots=True)
class _Flat:
    """All labels of some patterns, a place each.

    Attributes:
        pattern: The number of the pattern, ascending.
        label: The number of the label.
        given: How often it was given there.
        labels: The labels, by their numbers.
    """

    pattern: Ints
    label: Ints
    given: Ints
    labels: tuple[str, ...]

    @classmethod
    def of(cls, counted: Patterns) -> _Flat:
        """Return the labels of patterns, in their order."""
        said = json.loads(f"[{','.join(counted)}]")
        many = np.fromiter(map(len, said), np.int64, len(said))
        pairs = list(chain.from_iterable(said))
        numbers: dict[str, int] = {}
        label = [numbers.setdefault(each, len(numbers)) for each, _ in pairs]
        return cls(
            np.repeat(np.arange(len(said)), many),
            np.array(label, np.int64),
            np.fromiter((n for _, n in pairs), np.int64, len(pairs)),
            tuple(numbers),
        )

    def columns(self, value_of: Callable[[str], str]) -> tuple[Ints, list[str]]:
        """Return the value of each label, and the values, sorted as text."""
        named = [value_of(each) for each in self.labels]
        values = sorted(set(named))
        place = {value: at for at, value in enumerate(values)}
        column = np.fromiter((place[value] for value in named), np.int64, len(named))
        return column[self.label], values


@dataclass(slots=True)
class _Recent:
    """The tables of the last few counts: a page looks at the same ones from several sides."""

    tables: tuple[tuple[Patterns, str, Counted], ...] = ()
    taken_apart: tuple[tuple[Patterns, Sides], ...] = ()

    def sides(self, counted: Patterns) -> Sides:
        """Return the sides of some patterns."""
        for known, sides in self.taken_apart:
            if known is counted:
                return sides
        made = _sides(counted)
        self.taken_apart = (*self.taken_apart[-1:], (counted, made))
        return made

    def table(self, counted: Patterns, kind: str) -> Counted:
        """Return the table of some counts; comparing them costs a hundredth of making it."""
        for known, like, table in self.tables:
            if like == kind and (known is counted or known == counted):
                return table
        made = self._made(counted, kind)
        self.tables = (*self.tables[-7:], (counted, kind, made))
        return made

    def _made(self, counted: Patterns, kind: str) -> Counted:
        if kind == _SUMMED:
            keys = json.loads(f"[{','.join(counted)}]")
            return SummedTable.of(zip(map(tuple, keys), counted.values(), strict=True))
        return self.sides(counted).merged() if kind == _MERGED else _table(counted)


_SUMMED: Final = "summed"
_MERGED: Final = "merged"
_RECENT: Final = _Recent()


def table_of(counted: Patterns) -> PatternTable:
    """Return the table of some patterns, which nobody changes any more."""
    return _patterns(counted, "")


def _patterns(counted: Patterns, kind: str) -> PatternTable:
    table = _RECENT.table(counted, kind)
    if not isinstance(table, PatternTable):
        message = f"{kind} counts are no patterns"
        raise TypeError(message)
    return table


def _table(counted: Patterns) -> PatternTable:
    flat = _Flat.of(counted)
    column, values = flat.columns(str)
    small = np.min_scalar_type(int(flat.given.max(initial=0)))
    counts = np.zeros((len(counted), len(values)), small)
    counts[flat.pattern, column] = flat.given
    weights = np.fromiter(counted.values(), np.int64, len(counted))
    return table_from_matrix(counts, weights, values)


def _sides(counted: Patterns) -> Sides:
    # Ordered, so that equal patterns give equal digits.
    ordered = {pattern: counted[pattern] for pattern in sorted(counted)}
    flat = _Flat.of(ordered)
    column, values = flat.columns(lambda label: label.partition(":")[2])
    of_people = np.array([label.startswith(PERSON) for label in flat.labels], np.bool_)
    first = of_people[flat.label]
    sides = [Side(flat.pattern[m], column[m], flat.given[m]) for m in (first, ~first)]
    weights = np.fromiter(ordered.values(), np.int64, len(ordered))
    return Sides(values, sides[0], sides[1], weights)


def population_table(population: str, counted: Patterns) -> PatternTable:
    """Return the table of a population's patterns; where it has two kinds, both together."""
    return _patterns(counted, _MERGED if population == HUMAN_JUROR else "")


def table_at(counted: Mapping[Table, Patterns], population: str, level: str) -> Counted:
    """Return a population's table at a level, by its patterns or by its sums, whichever were read."""
    if (population, SUMS + level) in counted:
        return _RECENT.table(counted[population, SUMS + level], _SUMMED)
    return population_table(population, counted[population, level])


def beside(counted: Mapping[Table, Patterns], level: str) -> Sides | SummedTable:
    """Return what people and jurors say of the same units, by patterns or sums as before."""
    table = table_at(counted, HUMAN_JUROR, level)
    return table if isinstance(table, SummedTable) else _RECENT.sides(counted[HUMAN_JUROR, level])
