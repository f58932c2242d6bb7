"""Every figure of a project that needs a pass over its votes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial
from typing import Any, Final

from annotator.catalog.queries import ProjectView, guidelines
from annotator.quality.models import PatternCount
from annotator.quality.patterns import VERDICT
from annotator.quality.queries.counted import lens_of
from annotator.quality.queries.decisions import ContestedUnit, ReasonCount, contested, reason_counts
from annotator.quality.queries.guideline import GuidelineEffect, guideline_effect
from annotator.quality.queries.jurors import JurorView, jurors
from annotator.quality.queries.people import PersonView, people
from annotator.quality.queries.population import POPULATIONS, Scope
from annotator.quality.queries.raters import RaterFigures, rater_figures
from annotator.quality.queries.repeats import Repeated, repeats
from annotator.quality.queries.stored import Figure

REPEATS: Final = "self_consistency"
"""Not `repeats`: what older versions stored under that name has another shape."""
ALWAYS: Final = frozenset({"people", "reasons", "contested", REPEATS})
"""The figures that every project has."""


def of_people(project: ProjectView) -> Figure[tuple[PersonView, ...]]:
    """Return what each person's work looks like beside the others'."""
    return Figure("people", "", partial(people, project), tuple[PersonView, ...])


def of_reasons(project: ProjectView) -> Figure[tuple[ReasonCount, ...]]:
    """Return the decisions in force by reason."""
    return Figure("reasons", "", partial(reason_counts, project), tuple[ReasonCount, ...])


def of_contested(project: ProjectView) -> Figure[tuple[ContestedUnit, ...]]:
    """Return the contested units."""
    return Figure("contested", "", partial(contested, project), tuple[ContestedUnit, ...])


def of_repeats(project: ProjectView) -> Figure[tuple[Repeated, ...]]:
    """Return how often people said the same when they were asked again."""
    return Figure(REPEATS, "", partial(repeats, project), tuple[Repeated, ...])


def of_jurors(project: ProjectView, target: str) -> Figure[tuple[JurorView, ...]]:
    """Return how each juror stands against people."""
    make = partial(jurors, project, target=target)
    return Figure("jurors", target, make, tuple[JurorView, ...])


def of_rule(
    project: ProjectView, category: str, target: str
) -> Figure[tuple[GuidelineEffect, ...]]:
    """Return the agreement on a category under each version of its rule."""
    make = partial(guideline_effect, project, category, target=target)
    return Figure("rule", f"{target}:{category}", make, tuple[GuidelineEffect, ...])


def of_raters(scope: Scope, levels: Collection[str]) -> Figure[RaterFigures]:
    """Return a population's raters; of a small project at these levels only."""
    name = f"{scope.target}:{scope.question}:{scope.population}"
    return Figure("raters", name, partial(rater_figures, scope, levels), RaterFigures)


def everything(project: ProjectView) -> Iterator[Figure[Any]]:
    """Yield what is stored of a project and needs a pass over its votes."""
    yield of_people(project)
    yield of_reasons(project)
    yield of_contested(project)
    yield of_repeats(project)
    rules = guidelines(project.id)
    changed = [section.category for section in rules.sections if section.changed] if rules else []
    for target in project.targets:
        if not project.questions_for(target.key):
            continue
        yield of_jurors(project, target.key)
        for category in changed:
            yield of_rule(project, category, target.key)
    yield from _raters(project)


def _raters(project: ProjectView) -> Iterator[Figure[Any]]:
    rows = PatternCount.objects.filter(project=project.id, level=VERDICT, part="", n__gt=0)
    voted = set(rows.values_list("target", "question", "population").order_by().distinct())
    for target in project.targets:
        for question in project.questions_for(target.key):
            lens = lens_of(project, question.key)
            for population in POPULATIONS:
                if lens and (target.key, question.key, population) in voted:
                    scope = Scope(project, target.key, question.key, VERDICT, population)
                    yield of_raters(scope, lens.levels)
