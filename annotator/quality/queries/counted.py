"""Tables of patterns as they are now: what is folded and what is not yet, read in one statement."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import filterfalse
from struct import Struct
from typing import Any, Final

import numpy as np
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Aggregate, Count, Q, QuerySet, TextField, Value
from django.db.models.sql.compiler import SQLCompiler

from annotator.catalog.queries import ProjectView
from annotator.quality.models import PatternCount, PatternDelta
from annotator.quality.patterns import FIRST_PASS, HUMAN_JUROR, JUROR, JURY, PERSON, Lens
from jury.agreement.columns import Ints
from jury.agreement.sides import Side, Sides
from jury.agreement.table import PatternTable, table_from_matrix
from jury.taxonomy import Taxonomy
from jury.verdict import QuestionSchema

Patterns = Mapping[str, int]
"""How many units show each pattern."""

Table = tuple[str, str]
"""A population and a level."""

_KEPT: Final = 150_000
"""Patterns kept in mind, about 400 bytes each: a million units with a jury have some 90,000 of sets."""
_PAIR: Final = Struct("=ii").pack
_PAIR_BYTES: Final = 8
_PENDING: Final = "?"
"""In place of a population: a change that is not folded yet."""


@lru_cache(maxsize=64)
def _lens(taxonomy: Taxonomy, question: QuestionSchema) -> Lens:
    return Lens(taxonomy, question)


def lens_of(project: ProjectView, question: str) -> Lens | None:
    """Return what takes a question's texts apart; None for a question that is not asked."""
    schema = next((each for each in project.questions if each.key == question), None)
    return None if schema is None else _lens(project.taxonomy, schema)


class _AsObject(Aggregate):
    """Names and numbers of many rows as one JSON object: it takes a fraction of reading the rows."""

    function = "JSON_GROUP_OBJECT"
    output_field = TextField()

    def as_postgresql(
        self,
        compiler: SQLCompiler,
        connection: BaseDatabaseWrapper,
        **more: Any,  # noqa: ANN401 - as Django has it
    ) -> tuple[str, Any]:
        """Return the same as PostgreSQL calls it; as text, which the driver leaves as it is."""
        template = "%(function)s(%(expressions)s)::text"
        return self.as_sql(
            compiler, connection, function="JSON_OBJECT_AGG", template=template, **more
        )


def patterns(  # noqa: PLR0913 - what is read, each part of it by name
    project: ProjectView,
    target: str,
    question: str,
    *,
    populations: Collection[str],
    levels: Collection[str],
    part: str = PatternCount.WHOLE,
    shared: bool = False,
) -> Mapping[Table, Patterns]:
    """Return the patterns of each (population, level), exact at the moment they are read.

    One statement reads them: two could miss, or count twice, what is folded between them.

    Args:
        project: The project.
        target: A target.
        question: A question.
        populations: Which.
        levels: Which.
        part: An import, or a week.
        shared: Of people beside jurors only units that both judged, all that their kappa looks at.
    """
    rows = PatternCount.objects.filter(
        project=project.id,
        target=target,
        question=question,
        population__in=populations,
        part=part,
        level__in=levels,
    )
    if shared:
        both = Q(pattern__contains=f'"{PERSON}') & Q(pattern__contains=f'"{JURY}')
        rows = rows.filter(~Q(population=HUMAN_JUROR) | both)
    folded = (
        rows.order_by()
        .values("population", "level")
        .annotate(counts=_AsObject("pattern", "n"))
        .values_list("population", "level", "counts", Value(0))
    )
    pending = PatternDelta.objects.filter(project=project.id, target=target, question=question)
    changed = (
        _of_part(pending, part)
        .order_by()
        .values("before", "now")
        .annotate(units=Count("pk"))
        .values_list(Value(_PENDING), "before", "now", "units")
    )
    found: dict[Table, dict[str, int]] = {
        (population, level): {} for population in populations for level in levels
    }
    waiting: list[tuple[str, str, int]] = []
    for which, one, other, n in folded.union(changed, all=True):
        if which == _PENDING:
            waiting.append((one, other, n))
        else:
            found[which, one] = json.loads(other)
    for table, changes in _changes(lens_of(project, question), waiting, found, shared).items():
        counted = found[table]
        for pattern, n in changes.items():
            counted[pattern] = counted.get(pattern, 0) + n
    return {
        table: {pattern: n for pattern, n in counted.items() if n > 0}
        for table, counted in found.items()
    }


def has_patterns(
    project: ProjectView, target: str, question: str, *, population: str, level: str
) -> bool:
    """Return whether anything is folded of a population at a level."""
    return PatternCount.objects.filter(
        project=project.id,
        target=target,
        question=question,
        population=population,
        part=PatternCount.WHOLE,
        level=level,
        n__gt=0,
    ).exists()


def _changes(
    lens: Lens | None,
    waiting: Collection[tuple[str, str, int]],
    tables: Collection[Table],
    shared: bool,  # noqa: FBT001 - as it was given
) -> Mapping[Table, Mapping[str, int]]:
    """Return by how much each pattern of some tables changes by what is not folded yet."""
    found: dict[Table, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    if lens is None:
        return found
    for before, now, n in waiting:
        for text, sign in ((before, -1), (now, 1)):
            for mark, times in lens.marks(text).items():
                table = (mark.population, mark.level)
                if table in tables and not (shared and _of_one_kind(mark.population, mark.pattern)):
                    found[table][mark.pattern] += sign * times * n
    return found


def _of_one_kind(population: str, pattern: str) -> bool:
    """Whether people or jurors alone judged a unit."""
    both = f'"{PERSON}' in pattern and f'"{JURY}' in pattern
    return population == HUMAN_JUROR and not both


def _of_part(rows: QuerySet[PatternDelta], part: str) -> QuerySet[PatternDelta]:
    kind, _, which = part.partition(":")
    if kind == "batch":
        return rows.filter(unit__item__batch__number=int(which))
    if kind == "week":
        first = datetime.fromisoformat(which).replace(tzinfo=UTC)
        return rows.filter(created_at__gte=first, created_at__lt=first + timedelta(days=7))
    return rows


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

    def said(self, counted: Patterns) -> list[Said]:
        """Return what patterns say, in their order."""
        known = self.known
        new = list(filterfalse(known.__contains__, counted))
        if len(known) + len(new) > _KEPT:
            self.known, known, new = {}, {}, list(counted)
        for pattern, labels in zip(new, json.loads(f"[{','.join(new)}]"), strict=True):
            known[pattern] = b"".join(
                _PAIR(self.numbers.setdefault(label, len(self.numbers)), n) for label, n in labels
            )
        return list(map(known.__getitem__, counted))

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
