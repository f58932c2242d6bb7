"""The headline agreement as it would be if some votes were not there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from annotator.catalog.queries import ProjectView
from annotator.quality.patterns import FIRST_PASS, VERDICT, PatternChange
from annotator.quality.queries.counted import Patterns, lens_of, patterns
from annotator.quality.queries.headline import headline, headline_name
from annotator.quality.queries.population import Scope
from annotator.quality.queries.tables import table_of
from jury.agreement.statistic import Coefficient, evaluate


@dataclass(frozen=True, slots=True)
class Shift:
    """The headline coefficient on a question about a target, now and without the votes."""

    target: str
    question: str
    coefficient: str
    now: Coefficient
    without: Coefficient


def headlines_without(project: ProjectView, changes: Sequence[PatternChange]) -> tuple[Shift, ...]:
    """Return the headlines that some changes of units' patterns would change, as they would."""
    asked = [
        (target.key, question.key)
        for target in project.targets
        for question in project.questions_for(target.key)
    ]
    found = []
    for target, question in asked:
        here = [each for each in changes if (each.target, each.question) == (target, question)]
        if here:
            found.append(_shift(Scope(project, target, question), here))
    return tuple(each for each in found if each.now != each.without)


def _shift(scope: Scope, changes: Iterable[PatternChange]) -> Shift:
    table = (FIRST_PASS, VERDICT)
    counted = patterns(
        scope.project, scope.target, scope.question, populations=table[:1], levels=table[1:]
    )[table]
    lens = lens_of(scope.project, scope.question)
    after = Counter(counted)
    for change in changes:
        for text, sign in ((change.before, -1), (change.now, 1)):
            for mark, n in lens.marks(text).items() if lens else ():
                if (mark.population, mark.level) == table:
                    after[mark.pattern] += sign * n
    return Shift(
        target=scope.target,
        question=scope.question,
        coefficient=headline_name(scope),
        now=_value(scope, counted),
        without=_value(scope, +after),
    )


def _value(scope: Scope, counted: Patterns) -> Coefficient:
    table = table_of(counted)
    return evaluate(table, headline(scope, table))
