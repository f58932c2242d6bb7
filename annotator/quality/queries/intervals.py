"""Intervals of sets of categories in large projects: drawn beside the requests, from the counts.

A thousand replicates of thousands of patterns take a second. The coefficients themselves are live;
these bounds are of the moment they were drawn, and are drawn again soon after anything changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from annotator.catalog.queries import ProjectView
from annotator.quality.models import PatternCount
from annotator.quality.patterns import SEPARATOR, SETS
from annotator.quality.queries.counted import patterns
from annotator.quality.queries.headline import parents_of
from annotator.quality.queries.population import POPULATIONS, Scope
from annotator.quality.queries.stored import EmptyShelf, Figure, Shelf
from annotator.quality.queries.tables import population_table
from jury.agreement.kappa import NO_SHARED
from jury.agreement.report import Raters, table_report
from jury.agreement.statistic import Coefficient

INTERVALS: Final = "intervals"
NOBODY: Final = Raters(0, Coefficient(None, NO_SHARED, 0, 0), 0)


@dataclass(frozen=True, slots=True)
class SetIntervals:
    """The 95 % intervals of a table of sets, by coefficient; None where there is none."""

    ci95: Mapping[str, tuple[float, float] | None]


def drawn_beside(scope: Scope, shelf: Shelf | EmptyShelf) -> bool:
    """Return whether a scope's intervals are drawn beside the requests."""
    return scope.level in SETS and not shelf.small


def of_intervals(scope: Scope) -> Figure[SetIntervals]:
    """Return the intervals of a level of sets."""
    name = f"{scope.target}:{scope.question}:{scope.population}:{scope.level}"
    return Figure(INTERVALS, name, partial(_drawn, scope), SetIntervals)


def _drawn(scope: Scope) -> SetIntervals:
    here = (scope.population, scope.level)
    counted = patterns(
        scope.project,
        scope.target,
        scope.question,
        populations=(scope.population,),
        levels=(scope.level,),
    )
    table = population_table(scope.population, counted[here])
    found = table_report(table, NOBODY, {}, sets=SEPARATOR, parents=parents_of(scope))["ci95"]
    return SetIntervals({name: tuple(pair) if pair else None for name, pair in found.items()})


def every_interval(project: ProjectView) -> Iterator[Figure[SetIntervals]]:
    """Yield what is stored of a project: every population that has voted, at each level of sets."""
    rows = PatternCount.objects.filter(project=project.id, level__in=SETS, part="", n__gt=0)
    found = rows.values_list("target", "question", "population", "level").order_by().distinct()
    voted = set(found)
    for target in project.targets:
        for question in project.questions_for(target.key):
            for population in POPULATIONS:
                for level in SETS:
                    if (target.key, question.key, population, level) in voted:
                        yield of_intervals(
                            Scope(project, target.key, question.key, level, population)
                        )
