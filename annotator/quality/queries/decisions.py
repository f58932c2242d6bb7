"""Decisions and rulings in words: of one item, and counted over a project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from annotator.catalog.queries import ProjectView
from annotator.quality.models import Decision, Ruling


@dataclass(frozen=True, slots=True)
class DecisionView:
    """What the policy made of one question on one unit."""

    unit: int
    target: str
    question: str
    outcome: str
    words: str
    reasons: Sequence[str]
    evidence: Mapping[str, object]
    policy: str
    policy_version: int


@dataclass(frozen=True, slots=True)
class CategoryVotes:
    """How many of those asked chose a category."""

    category: str
    votes_for: int
    of: int
    majority: bool


@dataclass(frozen=True, slots=True)
class RulingView:
    """A unit's final answer to a question, and where it comes from."""

    unit: int
    target: str
    question: str
    value: str
    categories: Sequence[str]
    category_votes: Sequence[CategoryVotes]
    severity: str
    source: str
    rule: str
    human_judged: bool
    contested: bool


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many decisions in force have an outcome for a reason."""

    outcome: str
    reason: str
    n: int


@dataclass(frozen=True, slots=True)
class ContestedUnit:
    """A unit that a lead called contested: its soft label is its answer."""

    item: str
    external_id: str
    target: str
    question: str
    value: str


def decisions_of(item_id: int) -> tuple[DecisionView, ...]:
    """Return an item's decisions in force, by unit and question."""
    rows = Decision.objects.filter(unit__item=item_id, current=True).select_related(
        "unit", "policy_version"
    )
    return tuple(
        DecisionView(
            unit=row.unit_id,
            target=row.unit.target,
            question=row.question,
            outcome=row.outcome,
            words=row.words,
            reasons=tuple(row.reasons),
            evidence=row.evidence,
            policy=row.policy_version.name,
            policy_version=row.policy_version.version,
        )
        for row in rows.order_by("unit__position", "unit_id", "question")
    )


def rulings_of(item_id: int) -> tuple[RulingView, ...]:
    """Return an item's rulings in force, by unit and question."""
    rows = Ruling.objects.filter(unit__item=item_id, current=True).select_related("unit")
    return tuple(
        RulingView(
            unit=row.unit_id,
            target=row.unit.target,
            question=row.question,
            value=row.value,
            categories=tuple(row.categories),
            category_votes=tuple(CategoryVotes(**count) for count in row.category_counts),
            severity=row.severity,
            source=row.source,
            rule=row.rule,
            human_judged=row.human_judged,
            contested=row.contested,
        )
        for row in rows.order_by("unit__position", "unit_id", "question")
    )


def reason_counts(project: ProjectView) -> tuple[ReasonCount, ...]:
    """Return how many decisions in force have which reason, most first; a decision may have two."""
    rows: Iterable[tuple[str, list[str]]] = Decision.objects.filter(
        unit__item__project=project.id, current=True
    ).values_list("outcome", "reasons")
    counted = Counter(
        (outcome, reason) for outcome, reasons in rows for reason in (reasons or [""])
    )
    ranked = sorted(counted.items(), key=lambda entry: (-entry[1], entry[0]))
    return tuple(ReasonCount(outcome, reason, n) for (outcome, reason), n in ranked)


def contested(project: ProjectView, limit: int = 100) -> tuple[ContestedUnit, ...]:
    """Return the contested units, in order of import."""
    rows = Ruling.objects.filter(
        unit__item__project=project.id, current=True, contested=True
    ).order_by("unit_id", "question")
    columns = (
        "unit__item__public_id",
        "unit__item__external_id",
        "unit__target",
        "question",
        "value",
    )
    return tuple(ContestedUnit(*row) for row in rows.values_list(*columns)[:limit])


def source_counts(project: ProjectView) -> Mapping[str, int]:
    """Return how many rulings in force come from which source, every source named."""
    rows = Ruling.objects.filter(unit__item__project=project.id, current=True)
    counted = Counter(rows.values_list("source", flat=True))
    return {source.value: counted[source.value] for source in Ruling.Source}
