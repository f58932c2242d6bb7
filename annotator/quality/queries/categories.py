"""Agreement category by category, and which categories people take for each other."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from annotator.catalog.queries import ProjectView
from annotator.quality.patterns import (
    CONFUSED,
    CONFUSED_UNITS,
    NO,
    ROLLED,
    SETS,
    VERDICT,
    YES,
)
from annotator.quality.queries.counted import lens_of, patterns
from annotator.quality.queries.population import Population, Scope
from annotator.quality.queries.tables import population_table
from jury.agreement.alpha import Nominal
from jury.agreement.interval import intervals
from jury.agreement.kappa import GwetAC1, PercentAgreement
from jury.agreement.statistic import evaluate
from jury.agreement.table import PatternTable, table_from_counts

FEW: Final = 50
BOOTSTRAP: Final = 1000

Counts = Mapping[int, Counter[str]]
"""For each unit, how many voters chose each category; "" counts the voters."""


@dataclass(frozen=True, slots=True)
class CategoryAgreement:
    """Agreement on whether a category applies; `positives` counts the votes that say it does."""

    category: str
    name: str
    alpha: float | None
    interval: tuple[float, float] | None
    reason: str
    percent_agreement: float | None
    ac1: float | None
    prevalence: float | None
    positives: int
    n_units: int

    @property
    def few(self) -> str:
        """Words for a category that too few votes are about; empty where there are enough."""
        return f"too few: n = {self.positives}" if self.positives < FEW else ""


@dataclass(frozen=True, slots=True)
class ConfusedPair:
    """Two categories chosen by different people about the same units, one each."""

    first: str
    second: str
    first_name: str
    second_name: str
    units: int
    votes: int


def categories_forest(
    project: ProjectView,
    target: str,
    *,
    population: Population = "first_pass",
    rolled: bool = False,
) -> tuple[CategoryAgreement, ...]:
    """Return the agreement on every category of the taxonomy, in its order; none is hidden.

    `rolled`: on those that have finer ones instead, each with its finer ones taken as itself.
    Raises Invalid for a target the project does not have.
    """
    question = _asking_categories(project)
    Scope(project, target, question, VERDICT, population).check()
    lens = lens_of(project, question)
    levels = [
        level
        for level in (lens.levels if lens else ())
        if level not in {VERDICT, *SETS} and level.startswith(ROLLED) == rolled
    ]
    counted = patterns(project, target, question, populations=(population,), levels=levels)
    names = {category.id: category.name for category in project.taxonomy.categories}
    return tuple(
        _agreement(
            level,
            names[level.removeprefix(ROLLED)],
            population_table(population, counted[population, level]),
        )
        for level in levels
    )


def category_agreement(category: str, name: str, counts: Counts) -> CategoryAgreement:
    """Return the agreement on one category, from how many chose what on each unit."""
    patterns = Counter((unit[""] - unit[category], unit[category]) for unit in counts.values())
    return _agreement(category, name, table_from_counts(patterns.items(), (NO, YES)))


def _agreement(category: str, name: str, table: PatternTable) -> CategoryAgreement:
    alpha = evaluate(table, Nominal())
    interval = intervals(table, {"alpha": Nominal()}, replicates=BOOTSTRAP, seed=0)["alpha"]
    positives, voters = table.totals.get(YES, 0), sum(table.totals.values())
    return CategoryAgreement(
        category=category,
        name=name,
        alpha=alpha.value,
        interval=(interval.low, interval.high) if interval and alpha.value is not None else None,
        reason=alpha.reason,
        percent_agreement=evaluate(table, PercentAgreement()).value,
        ac1=evaluate(table, GwetAC1()).value,
        prevalence=positives / voters if voters else None,
        positives=positives,
        n_units=alpha.n_units,
    )


def _asking_categories(project: ProjectView) -> str:
    asking = [question.key for question in project.questions if question.categories]
    return asking[0] if asking else project.questions[0].key


def tally(rows: Iterable[tuple[int, Sequence[str], int]]) -> Counts:
    """Return, per unit, how many chose each category, from (unit, categories, votes) rows."""
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for unit, categories, n in rows:
        counts[unit][""] += n
        for category in categories:
            counts[unit][category] += n
    return counts


def confusion_pairs(
    project: ProjectView, target: str, *, population: Population = "first_pass"
) -> tuple[ConfusedPair, ...]:
    """Return the pairs of categories that people choose for one and the same unit, most first.

    Two voters confuse A and B where one chose A and not B, the other B and not A; of people and
    jurors together, a person and a juror. `votes` counts such pairs of votes, `units` the units.
    """
    question = _asking_categories(project)
    Scope(project, target, question, VERDICT, population).check()
    counted = patterns(
        project,
        target,
        question,
        populations=(population,),
        levels=(CONFUSED, CONFUSED_UNITS),
    )
    votes, units = counted[population, CONFUSED], counted[population, CONFUSED_UNITS]
    names = {category.id: category.name for category in project.taxonomy.categories}
    found = []
    for pair in votes:
        first, second = json.loads(pair)
        found.append(
            ConfusedPair(
                first=first,
                second=second,
                first_name=names.get(first, first),
                second_name=names.get(second, second),
                units=units.get(pair, 0),
                votes=votes[pair],
            )
        )
    return tuple(
        sorted(found, key=lambda each: (-each.units, -each.votes, each.first, each.second))
    )
