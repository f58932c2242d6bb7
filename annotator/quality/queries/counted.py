"""Tables of patterns as they are now: what is folded and what is not yet, read in one statement."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

import numpy as np
from django.db.models import Count, QuerySet, Value

from annotator.catalog.queries import ProjectView
from annotator.quality.models import PatternCount, PatternDelta
from annotator.quality.patterns import HUMAN_JUROR, JURY, PERSON, Lens
from jury.agreement.sides import Sides
from jury.agreement.table import PatternTable, table_from_matrix
from jury.taxonomy import Taxonomy
from jury.verdict import QuestionSchema

Patterns = Mapping[str, int]
"""How many units show each pattern."""

Table = tuple[str, str]
"""A population and a level."""

_PENDING: Final = "?"
"""In place of a population: a change that is not folded yet."""


@lru_cache(maxsize=64)
def _lens(taxonomy: Taxonomy, question: QuestionSchema) -> Lens:
    return Lens(taxonomy, question)


def lens_of(project: ProjectView, question: str) -> Lens | None:
    """Return what takes a question's texts apart; None for a question that is not asked."""
    schema = next((each for each in project.questions if each.key == question), None)
    return None if schema is None else _lens(project.taxonomy, schema)


def patterns(
    project: ProjectView,
    target: str,
    question: str,
    *,
    populations: Collection[str],
    levels: Collection[str],
    part: str = PatternCount.WHOLE,
) -> Mapping[Table, Patterns]:
    """Return the patterns of each (population, level), exact at the moment they are read.

    One statement reads them: two could miss, or count twice, what is folded between them.
    """
    folded = PatternCount.objects.filter(
        project=project.id,
        target=target,
        question=question,
        population__in=populations,
        part=part,
        level__in=levels,
    ).values_list("population", "level", "pattern", "n")
    pending = PatternDelta.objects.filter(project=project.id, target=target, question=question)
    changed = (
        _of_part(pending, part)
        .order_by()
        .values("before", "now")
        .annotate(units=Count("pk"))
        .values_list(Value(_PENDING), "before", "now", "units")
    )
    lens = lens_of(project, question)
    found: dict[Table, Counter[str]] = {
        (population, level): Counter() for population in populations for level in levels
    }
    for which, one, other, n in folded.union(changed, all=True):
        if which != _PENDING:
            found[which, one][other] += n
        elif lens is not None:
            for text, sign in ((one, -1), (other, 1)):
                for mark, times in lens.marks(text).items():
                    if (mark.population, mark.level) in found:
                        found[mark.population, mark.level][mark.pattern] += sign * times * n
    return {table: +counted for table, counted in found.items()}


def _of_part(rows: QuerySet[PatternDelta], part: str) -> QuerySet[PatternDelta]:
    kind, _, which = part.partition(":")
    if kind == "batch":
        return rows.filter(unit__item__batch__number=int(which))
    if kind == "week":
        first = datetime.fromisoformat(which).replace(tzinfo=UTC)
        return rows.filter(created_at__gte=first, created_at__lt=first + timedelta(days=7))
    return rows


def table_of(counted: Patterns) -> PatternTable:
    """Return the table of some patterns."""
    return _table(frozenset(counted.items()))


# A page looks at the same patterns from several sides.
@lru_cache(maxsize=8)
def _table(counted: frozenset[tuple[str, int]]) -> PatternTable:
    rows: list[int] = []
    columns: list[int] = []
    given: list[int] = []
    place: dict[str, int] = {}
    listed = list(counted)
    for row, labels in enumerate(json.loads(f"[{','.join(pattern for pattern, _ in listed)}]")):
        for label, n in labels:
            rows.append(row)
            columns.append(place.setdefault(label, len(place)))
            given.append(n)
    counts = np.zeros((len(listed), len(place)), np.int64)
    counts[rows, columns] = given
    weights = np.fromiter((units for _, units in listed), np.int64, len(listed))
    return table_from_matrix(counts, weights, tuple(place))


def population_table(population: str, counted: Patterns) -> PatternTable:
    """Return the table of a population's patterns; where it has two kinds, both together."""
    table = table_of(counted)
    return Sides.of(table).merged() if population == HUMAN_JUROR else table


def both_kinds(counted: Patterns) -> Patterns:
    """Return the patterns of units that people and jurors judged."""
    person, juror = f'"{PERSON}', f'"{JURY}'
    return {
        pattern: units
        for pattern, units in counted.items()
        if person in pattern and juror in pattern
    }
