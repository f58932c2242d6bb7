"""Figures of the quality page in the shapes its template wants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, cast

from django.utils.translation import gettext as _

from annotator.catalog.queries import GuidelineView, ProjectView
from annotator.quality.queries.agreement import AgreementView
from annotator.quality.queries.categories import CategoryAgreement
from annotator.quality.queries.decisions import ReasonCount
from annotator.quality.queries.guideline import GuidelineEffect, guideline_effect
from annotator.quality.queries.people import PersonView
from annotator.quality.queries.shares import Share
from jury.policy.words import REASONS
from jury.verdict import QuestionSchema

LIMIT: Final = 0.667
"""The line in the charts: Krippendorff's bound for tentative conclusions (2004)."""
COEFFICIENTS: Final = (
    "alpha_nominal",
    "alpha_ordinal",
    "alpha_interval",
    "ac1",
    "fleiss_kappa",
    "percent_agreement",
)


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One coefficient of the votes on screen."""

    key: str
    name: str
    value: float | None
    interval: tuple[float, float] | None
    reason: str


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category in the forest."""

    found: CategoryAgreement
    severe: bool

    @property
    def few(self) -> bool:
        """Whether too few votes say that it applies."""
        return bool(self.found.few)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person, and whether somebody should look at their items."""

    person: PersonView
    apart: bool


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """How many decisions came out how, for what reason."""

    outcome: str
    tag: str
    words: str
    n: int


@dataclass(frozen=True, slots=True)
class RuleEffect:
    """A changed rule with the agreement before and after."""

    section: str
    category: str
    name: str
    changed: str
    effects: tuple[GuidelineEffect, ...]


def coefficients(view: AgreementView) -> tuple[Coefficient, ...]:
    """Return the coefficients of a view, those that were computed."""
    document = view.document
    bounds = cast("Mapping[str, list[float] | None]", document["ci95"])
    reasons = cast("Mapping[str, str]", document["reason"])
    return tuple(
        Coefficient(
            key=key,
            name=_name(key),
            value=cast("float | None", document[key]),
            interval=(found[0], found[1]) if (found := bounds.get(key)) else None,
            reason=reasons.get(key, ""),
        )
        for key in COEFFICIENTS
        if key in document
    )


def _name(key: str) -> str:
    return {
        "alpha_nominal": _("Alpha, nominal"),
        "alpha_ordinal": _("Alpha, ordinal"),
        "alpha_interval": _("Alpha, interval"),
        "ac1": _("Gwet's AC1"),
        "fleiss_kappa": _("Fleiss' kappa"),
        "percent_agreement": _("Percent agreement"),
    }[key]


def prevalence(view: AgreementView, question: QuestionSchema) -> tuple[tuple[str, int, str], ...]:
    """Return (answer, votes, colour) for a bar."""
    return tuple(
        (
            value.label,
            round(view.prevalence.get(value.key, 0.0) * view.n_votes),
            value.shape if value.shape in {"safe", "caution", "unsafe"} else "",
        )
        for value in question.values
    )


def forest(project: ProjectView, found: Iterable[CategoryAgreement]) -> tuple[CategoryRow, ...]:
    """Return all categories, those with enough votes by alpha first, none hidden."""
    severe = project.taxonomy.severe_ids
    rows = [CategoryRow(each, each.category in severe) for each in found]
    return tuple(
        sorted(
            rows,
            key=lambda row: (
                row.few,
                -row.found.positives if row.few else 0,
                row.found.alpha if row.found.alpha is not None else 2.0,
            ),
        )
    )


def person_rows(found: Iterable[PersonView]) -> tuple[PersonRow, ...]:
    """Return who annotated, by name; `apart` if their interval misses that of the others."""
    return tuple(
        PersonRow(person, _apart(person.unsafe, person.others_unsafe))
        for person in found
        if person.annotations or person.unsafe.n
    )


def _apart(mine: Share, others: Share) -> bool:
    own, theirs = mine.interval, others.interval
    if own is None or theirs is None:
        return False
    return own[1] < theirs[0] or theirs[1] < own[0]


def reason_rows(found: Iterable[ReasonCount]) -> tuple[ReasonRow, ...]:
    """Return the decisions' outcomes and reasons in words."""
    outcomes = {
        "settled": (_("Settled"), "safe"),
        "reannotate": (_("Label again"), "caution"),
        "adjudicate": (_("With a lead"), "unsafe"),
    }
    plain = {
        "settled": _("Enough people said the same."),
        "reannotate": _("No reason was recorded."),
        "adjudicate": _("No reason was recorded."),
    }
    return tuple(
        ReasonRow(
            *outcomes.get(row.outcome, (row.outcome, "")),
            words=REASONS.get(row.reason, row.reason) or plain.get(row.outcome, ""),
            n=row.n,
        )
        for row in found
    )


def rule_effects(
    project: ProjectView, rules: GuidelineView | None, target: str
) -> tuple[RuleEffect, ...]:
    """Return the rules that changed in the version in force, each with its effect."""
    changed = [section for section in rules.sections if section.changed] if rules else []
    return tuple(
        RuleEffect(
            section=section.section,
            category=section.category,
            name=_category(project, section.category),
            changed=section.changed,
            effects=guideline_effect(project, section.category, target=target),
        )
        for section in changed
    )


def _category(project: ProjectView, category: str) -> str:
    found = project.taxonomy.get(category)
    return found.name if found else category
