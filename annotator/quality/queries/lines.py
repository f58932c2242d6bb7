"""The populations side by side: the headline of each, with what stands beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from annotator.catalog.queries import ProjectView
from annotator.quality.patterns import HUMAN_JUROR, JUROR
from annotator.quality.queries.agreement import BOOTSTRAP, everybody
from annotator.quality.queries.counted import Patterns, Table
from annotator.quality.queries.headline import headline, headline_name
from annotator.quality.queries.intervals import drawn_beside, of_intervals
from annotator.quality.queries.population import POPULATIONS, WORDS, Population, Scope
from annotator.quality.queries.stored import Shelf
from annotator.quality.queries.tables import table_at
from jury.agreement.interval import intervals
from jury.agreement.kappa import GwetAC1, PercentAgreement
from jury.agreement.statistic import Counted, Statistic, evaluate
from jury.agreement.table import PatternTable


@dataclass(frozen=True, slots=True)
class Line:
    """A population's figures in one row: the headline coefficient and what stands beside it."""

    population: Population
    words: str
    n_units: int
    n_votes: int
    value: float | None
    interval: tuple[float, float] | None
    reason: str
    percent_agreement: float | None
    ac1: float | None
    prevalence: Mapping[str, float]


def lines(
    project: ProjectView,
    *,
    target: str,
    question: str,
    level: str = "verdict",
    shelf: Shelf | None = None,
    counted: Mapping[Table, Patterns] | None = None,
) -> tuple[Line, ...]:
    """Return every population that has votes, each with its own figures.

    `shelf` and `counted` as :func:`annotator.quality.queries.agreement.agreement` takes them.
    Raises Invalid for a scope the project does not have.
    """
    Scope(project, target, question, level).check()
    at_hand = shelf or Shelf.of(project)
    if counted is None:
        counted = everybody(at_hand, target=target, question=question, level=level)
    tables = {population: table_at(counted, population, level) for population in POPULATIONS}
    if not tables[JUROR].totals:
        del tables[HUMAN_JUROR]  # it would repeat the first pass
    return tuple(
        _line(Scope(project, target, question, level, population), table, at_hand)
        for population, table in tables.items()
        if table.totals
    )


def _line(scope: Scope, table: Counted, shelf: Shelf) -> Line:
    statistic = headline(scope, table)
    found = evaluate(table, statistic)
    return Line(
        population=scope.population,
        words=WORDS[scope.population],
        n_units=found.n_units,
        n_votes=sum(table.totals.values()),
        value=found.value,
        interval=None if found.value is None else _interval(scope, table, statistic, shelf),
        reason=found.reason,
        percent_agreement=evaluate(table, PercentAgreement()).value,
        ac1=evaluate(table, GwetAC1()).value,
        prevalence=table.prevalence(),
    )


def _interval(
    scope: Scope, table: Counted, statistic: Statistic, shelf: Shelf
) -> tuple[float, float] | None:
    """Return the same interval that the scope's own view shows."""
    if drawn_beside(scope, shelf) or not isinstance(table, PatternTable):
        stored = shelf.get(of_intervals(scope)).value
        return stored.ci95.get(headline_name(scope)) if stored else None
    drawn = intervals(table, {"": statistic}, replicates=BOOTSTRAP)[""]
    return (drawn.low, drawn.high) if drawn else None
