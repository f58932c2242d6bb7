"""Figures of the quality page in the shapes its template wants."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar, cast

from django.utils.translation import gettext as _

from annotator.catalog.queries import GuidelineView, ProjectView
from annotator.quality.patterns import VERDICT
from annotator.quality.queries.agreement import AgreementView
from annotator.quality.queries.categories import CategoryAgreement
from annotator.quality.queries.decisions import ReasonCount
from annotator.quality.queries.figures import of_rule
from annotator.quality.queries.guideline import GuidelineEffect
from annotator.quality.queries.lines import Line
from annotator.quality.queries.people import PersonView
from annotator.quality.queries.shares import Share
from annotator.quality.queries.stored import Dated, Shelf
from annotator.web.coefficients import coefficient_name
from annotator.web.quality.switch import Switch
from jury.agreement.scales import COEFFICIENTS, TREE
from jury.policy.words import REASONS
from jury.verdict import QuestionSchema

T = TypeVar("T")
R = TypeVar("R")

LIMIT: Final = 0.667
"""The line in the charts: Krippendorff's bound for tentative conclusions (2004)."""
KINDS: Final = ("human", "juror", "human_juror")
PARTS_SHOWN: Final = 4


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
    """A category in the forest; `query` turns the page to it."""

    found: CategoryAgreement
    severe: bool
    query: str
    current: bool

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


@dataclass(frozen=True, slots=True)
class LineRow:
    """A population in the table of all; `query` turns the page to it."""

    line: Line
    name: str
    query: str
    current: bool
    prevalence: str


@dataclass(frozen=True, slots=True)
class DatedRows:
    """Rows of a figure with its date; None while it never was computed."""

    rows: tuple[object, ...]
    as_of: datetime | None


def dated(figure: Dated[tuple[T, ...]], rows: Callable[[Iterable[T]], tuple[R, ...]]) -> DatedRows:
    """Return a figure's rows with its date."""
    return DatedRows(rows(figure.value) if figure.value is not None else (), figure.as_of)


def coefficients(view: AgreementView) -> tuple[Coefficient, ...]:
    """Return every coefficient of a view that makes sense for its labels."""
    document = view.document
    bounds = cast("Mapping[str, list[float] | None]", document["ci95"])
    reasons = cast("Mapping[str, str]", document["reason"])
    cohen = cast("Mapping[str, float | None]", document["cohen_kappa"])
    kinds = cast("Mapping[str, float | None]", document["by_kind"])
    shown = [key for key in (*COEFFICIENTS, TREE) if key in document]
    values = {key: cast("float | None", document[key]) for key in shown}
    values |= {"cohen_kappa": cohen["mean"]} | {f"by_kind.{kind}": kinds[kind] for kind in KINDS}
    return tuple(
        Coefficient(
            key=key,
            name=coefficient_name(key) % {"pairs": cohen["pairs"]},
            value=value,
            interval=(found[0], found[1]) if (found := bounds.get(key)) else None,
            reason=reasons.get(key, ""),
        )
        for key, value in values.items()
    )


def population_name(population: str) -> str:
    """Return a population's short name."""
    return {
        "first_pass": _("First pass (headline)"),
        "adaptive": _("First pass, adaptive"),
        "reannotation": _("Re-annotation"),
        "corrected": _("Self-corrected"),
        "calibration": _("Calibration"),
        "audit": _("Audit"),
        "gold": _("Gold"),
        "training": _("Training"),
        "repeat": _("Repeat"),
        "after_reveal": _("After the reveal"),
        "all": _("All that count"),
        "juror": _("Juror–juror"),  # noqa: RUF001 - who with whom
        "human_juror": _("People and jury"),
    }[population]


def line_rows(found: Iterable[Line], switch: Switch) -> tuple[LineRow, ...]:
    """Return the table of populations."""
    return tuple(
        LineRow(
            line=line,
            name=population_name(line.population),
            query=switch.of(line.population),
            current=line.population == switch.population,
            prevalence=_shares(line.prevalence),
        )
        for line in found
    )


def _shares(prevalence: Mapping[str, float]) -> str:
    """Return the largest shares in words."""
    ranked = sorted(prevalence.items(), key=lambda entry: (-entry[1], entry[0]))
    shown = [
        f"{name.replace('_', ' ')} {100 * share:.0f} %" for name, share in ranked[:PARTS_SHOWN]
    ]
    return ", ".join([*shown, "…"] if len(ranked) > PARTS_SHOWN else shown)


def prevalence(view: AgreementView, question: QuestionSchema) -> tuple[tuple[str, int, str], ...]:
    """Return (answer, votes, colour) for a bar; of many labels the most frequent, and the rest."""
    if view.level == VERDICT:
        return tuple(
            (
                value.label,
                round(view.prevalence.get(value.key, 0.0) * view.n_votes),
                value.shape if value.shape in {"safe", "caution", "unsafe"} else "",
            )
            for value in question.values
        )
    ranked = sorted(view.prevalence.items(), key=lambda entry: (-entry[1], entry[0]))
    parts = [(name, round(share * view.n_votes), "") for name, share in ranked[:PARTS_SHOWN]]
    rest = view.n_votes - sum(votes for _, votes, _ in parts)
    return tuple([*parts, (_("others"), rest, "")] if rest > 0 else parts)


def forest(
    project: ProjectView, found: Iterable[CategoryAgreement], switch: Switch
) -> tuple[CategoryRow, ...]:
    """Return all categories, those with enough votes by alpha first, none hidden."""
    severe = project.taxonomy.severe_ids
    rows = [
        CategoryRow(
            each,
            each.category in severe,
            switch.at_level(each.category),
            each.category == switch.level,
        )
        for each in found
    ]
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


def rule_effects(shelf: Shelf, rules: GuidelineView | None, target: str) -> tuple[RuleEffect, ...]:
    """Return the rules that changed in the version in force, each with its effect."""
    changed = [section for section in rules.sections if section.changed] if rules else []
    return tuple(
        RuleEffect(
            section=section.section,
            category=section.category,
            name=_category(shelf.project, section.category),
            changed=section.changed,
            effects=shelf.get(of_rule(shelf.project, section.category, target)).value or (),
        )
        for section in changed
    )


def _category(project: ProjectView, category: str) -> str:
    found = project.taxonomy.get(category)
    return found.name if found else category
