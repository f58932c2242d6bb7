"""Agreement on the answers by import, and as it stood at the end of each week."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from annotator.quality.models import PatternCount
from annotator.quality.patterns import VERDICT
from annotator.quality.queries.counted import Patterns
from annotator.quality.queries.headline import headline
from annotator.quality.queries.population import Scope
from annotator.quality.queries.tables import population_table
from jury.agreement.interval import intervals
from jury.agreement.statistic import evaluate

SHOWN: Final = 12
WEEK: Final = "week:"
BATCH: Final = "batch:"


@dataclass(frozen=True, slots=True)
class PartAgreement:
    """The headline coefficient of one import, or at the end of one week."""

    batch: int | None
    week: date | None
    n_units: int
    value: float | None
    interval: tuple[float, float] | None
    reason: str


def by_week(scope: Scope) -> tuple[PartAgreement, ...]:
    """Return how agreement on the answers stood at the end of each of the last twelve weeks.

    A week is that in which votes were counted here. Only what is folded: seconds ago.
    """
    standing: Counter[str] = Counter()
    found = []
    for part, counted in sorted(_parts(scope, WEEK).items()):
        standing.update(counted)
        week = date.fromisoformat(part.removeprefix(WEEK))
        found.append((week, +standing))
    return tuple(_part(scope, counted, None, week) for week, counted in found[-SHOWN:])


def by_import(scope: Scope) -> tuple[PartAgreement, ...]:
    """Return the agreement on the answers in each of the last twelve imports, in their order."""
    found = {
        int(part.removeprefix(BATCH)): counted for part, counted in _parts(scope, BATCH).items()
    }
    return tuple(_part(scope, found[batch], batch, None) for batch in sorted(found)[-SHOWN:])


def _parts(scope: Scope, kind: str) -> Mapping[str, Counter[str]]:
    rows = PatternCount.objects.filter(
        project=scope.project.id,
        level=VERDICT,
        part__startswith=kind,
        population=scope.population,
        target=scope.target,
        question=scope.question,
    )
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for part, pattern, n in rows.values_list("part", "pattern", "n"):
        found[part][pattern] += n
    return found


def _part(scope: Scope, counted: Patterns, batch: int | None, week: date | None) -> PartAgreement:
    here = Scope(scope.project, scope.target, scope.question, VERDICT, scope.population)
    table = population_table(scope.population, counted)
    statistic = headline(here, table)
    found = evaluate(table, statistic)
    drawn = intervals(table, {"": statistic})[""]
    return PartAgreement(
        batch=batch,
        week=week,
        n_units=found.n_units,
        value=found.value,
        interval=(drawn.low, drawn.high) if drawn and found.value is not None else None,
        reason=found.reason,
    )
