"""Agreement category by category, and which categories people take for each other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby
from typing import Final

from django.db.models import Count

from annotator.catalog.queries import ProjectView
from annotator.quality.queries.population import (
    NO,
    YES,
    Population,
    Scope,
    ballots,
    jury_votes,
    people_votes,
)
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
    project: ProjectView, target: str, *, population: Population = "first_pass"
) -> tuple[CategoryAgreement, ...]:
    """Return the agreement on every category of the taxonomy, in its order; none is hidden.

    Raises Invalid for a target the project does not have.
    """
    scope = Scope(project, target, _asking_categories(project), "verdict", population)
    scope.check()
    counts = _counts(scope)
    return tuple(
        category_agreement(category.id, category.name, counts)
        for category in project.taxonomy.categories
    )


def category_agreement(category: str, name: str, counts: Counts) -> CategoryAgreement:
    """Return the agreement on one category, from how many chose what on each unit."""
    table = _table(category, counts)
    alpha = evaluate(table, Nominal())
    interval = intervals(table, {"alpha": Nominal()}, replicates=BOOTSTRAP, seed=0)["alpha"]
    positives = sum(unit[category] for unit in counts.values())
    voters = sum(unit[""] for unit in counts.values())
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


def _table(category: str, counts: Counts) -> PatternTable:
    patterns = Counter((unit[""] - unit[category], unit[category]) for unit in counts.values())
    return table_from_counts(patterns.items(), (NO, YES))


def _asking_categories(project: ProjectView) -> str:
    asking = [question.key for question in project.questions if question.categories]
    return asking[0] if asking else project.questions[0].key


def _counts(scope: Scope) -> Counts:
    """Return the counts per unit, grouped by the database."""
    rows: list[tuple[int, list[str], int]] = []
    if scope.population != "juror":
        rows += _grouped(people_votes(scope).values_list("unit_id", "categories"))
    if scope.population in {"juror", "human_juror"}:
        rows += _grouped(jury_votes(scope).values_list("unit_id", "categories"))
    return tally(rows)


def _grouped(rows: object) -> Iterable[tuple[int, list[str], int]]:
    return rows.annotate(n=Count("pk")).order_by().iterator()  # type: ignore[attr-defined,no-any-return]


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

    Two people confuse A and B where one chose A and not B, the other B and not A. `votes` counts
    such pairs of people, `units` the units they are about.
    """
    scope = Scope(project, target, _asking_categories(project), "verdict", population)
    scope.check()
    units: Counter[tuple[str, str]] = Counter()
    votes: Counter[tuple[str, str]] = Counter()
    for _, group in groupby(ballots(scope), key=lambda ballot: (ballot.kind, ballot.unit)):
        found = _confused([frozenset(ballot.categories) for ballot in group])
        votes.update(found)
        units.update(found.keys())
    names = {category.id: category.name for category in project.taxonomy.categories}
    ranked = sorted(votes, key=lambda pair: (-units[pair], -votes[pair], pair))
    return tuple(
        ConfusedPair(
            first=pair[0],
            second=pair[1],
            first_name=names.get(pair[0], pair[0]),
            second_name=names.get(pair[1], pair[1]),
            units=units[pair],
            votes=votes[pair],
        )
        for pair in ranked
    )


def _confused(chosen: Sequence[frozenset[str]]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for one, other in combinations(chosen, 2):
        for mine in one - other:
            for theirs in other - one:
                found[min(mine, theirs), max(mine, theirs)] += 1
    return found
