"""Tables of patterns as they are now: what is folded and what is not yet, read in one statement."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Aggregate, Count, QuerySet, TextField, Value
from django.db.models.sql.compiler import SQLCompiler

from annotator.catalog.queries import ProjectView
from annotator.quality.lens import Lens
from annotator.quality.models import PatternCount, PatternDelta
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

    Args:
        project: The project.
        target: A target.
        question: A question.
        populations: Which.
        levels: Which.
        part: An import, or a week.
    """
    rows = PatternCount.objects.filter(
        project=project.id,
        target=target,
        question=question,
        population__in=populations,
        part=part,
        level__in=levels,
    )
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
    for table, changes in _changes(lens_of(project, question), waiting, found).items():
        counted = found[table]
        for pattern, n in changes.items():
            counted[pattern] = counted.get(pattern, 0) + n
    return {
        table: {pattern: n for pattern, n in counted.items() if n > 0}
        for table, counted in found.items()
    }


def _changes(
    lens: Lens | None,
    waiting: Collection[tuple[str, str, int]],
    tables: Collection[Table],
) -> Mapping[Table, Mapping[str, int]]:
    """Return by how much each pattern of some tables changes by what is not folded yet."""
    found: dict[Table, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    if lens is None:
        return found
    for before, now, n in waiting:
        for text, sign in ((before, -1), (now, 1)):
            marks = lens.at_tables(text)
            for table in tables:
                for pattern, times in marks.get(table, ()):
                    found[table][pattern] += sign * times * n
    return found


def _of_part(rows: QuerySet[PatternDelta], part: str) -> QuerySet[PatternDelta]:
    kind, _, which = part.partition(":")
    if kind == "batch":
        return rows.filter(unit__item__batch__number=int(which))
    if kind == "week":
        first = datetime.fromisoformat(which).replace(tzinfo=UTC)
        return rows.filter(created_at__gte=first, created_at__lt=first + timedelta(days=7))
    return rows
