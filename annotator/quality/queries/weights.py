"""Hedge weights of the jurors, by category: what listening to each would have cost. Display only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Q

from annotator.catalog.queries import ProjectView
from annotator.panel.models import Juror
from annotator.panel.models import Vote as JurorVote
from annotator.quality.models import Ruling
from annotator.quality.queries.people import caution_of, judging
from jury.hedge import Hedge, Round, hedge
from jury.verdict import Caution, QuestionSchema

LATEST: Final = 5000
"""Reference labels that are looked at, the latest ones."""
REFERENCE: Final = (
    "Rulings by people's majority that no jury could sway: of policies that do not read the jury, "
    "and of items drawn at random. In the order they were made."
)


@dataclass(frozen=True, slots=True)
class JurorWeights:
    """The weights for one category, or for the verdict where that is empty.

    Attributes:
        category: The category's id; empty for safe against unsafe.
        name: How it reads.
        weights: By juror, in the order of `WeightsView.jurors`.
        hedge: Losses, regret and its bound; None where no reference label says anything.
        reason: Why there is none.
    """

    category: str
    name: str
    weights: tuple[float, ...]
    hedge: Hedge | None
    reason: str


@dataclass(frozen=True, slots=True)
class WeightsView:
    """The weights of a project's jurors."""

    jurors: tuple[str, ...]
    rows: tuple[JurorWeights, ...]
    references: int


@dataclass(frozen=True, slots=True)
class _Reference:
    unit: int
    unsafe: bool
    categories: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Said:
    unsafe: bool
    categories: frozenset[str]


def juror_weights(project: ProjectView) -> WeightsView:
    """Return the jurors' weights for the verdict and for each category.

    A category's rounds are the reference labels where it was named, by people's ruling or by a
    juror: elsewhere nobody could lose anything.
    """
    question = judging(project)
    names = dict(
        Juror.objects.filter(project=project.id, active=True)
        .order_by("name")
        .values_list("pk", "name")
    )
    if question is None or not names:
        return WeightsView(tuple(names.values()), (), 0)
    references = _references(project, question)
    said = _said(question, [each.unit for each in references], caution_of(project))
    jurors = tuple(names)
    rows = [_row("", "", _verdicts(references, said, jurors), len(jurors))]
    rows += [
        _row(
            category.id, category.name, _rounds(category.id, references, said, jurors), len(jurors)
        )
        for category in project.taxonomy.categories
    ]
    return WeightsView(tuple(names.values()), tuple(rows), len(references))


def _row(category: str, name: str, rounds: Sequence[Round], jurors: int) -> JurorWeights:
    if not rounds:
        even = (1.0 / jurors,) * jurors
        return JurorWeights(category, name, even, None, "No reference label named it yet.")
    found = hedge(rounds, jurors)
    return JurorWeights(category, name, found.weights, found, "")


def _references(project: ProjectView, question: QuestionSchema) -> list[_Reference]:
    rows = (
        Ruling.objects.filter(
            unit__item__project=project.id,
            question=question.key,
            current=True,
            source=Ruling.Source.HUMAN_MAJORITY,
        )
        # A policy that reads the jury writes its votes into the evidence.
        .filter(Q(decision__evidence__random=True) | ~Q(decision__evidence__has_key="jury"))
        .order_by("-pk")  # rows are only ever appended: the order of their time
        .values_list("unit_id", "value", "categories")
    )
    caution, unsafe = caution_of(project), question.key_of_shape("unsafe")
    latest = [
        _Reference(unit, question.collapse(value, caution) == unsafe, frozenset(categories))
        for unit, value, categories in rows[:LATEST]
    ]
    return latest[::-1]


def _said(
    question: QuestionSchema, units: Collection[int], caution: Caution
) -> Mapping[int, Mapping[int, _Said]]:
    """Return what each juror said of each unit, by unit and juror."""
    rows = JurorVote.objects.filter(unit__in=units, question=question.key, counts=True)
    unsafe = question.key_of_shape("unsafe")
    found: dict[int, dict[int, _Said]] = defaultdict(dict)
    for juror, unit, value, categories in rows.values_list(
        "opinion__inquiry__juror_version__juror_id", "unit_id", "value", "categories"
    ).iterator():
        called = question.collapse(value, caution) == unsafe
        found[unit][juror] = _Said(called, frozenset(categories))
    return found


def _verdicts(
    references: Sequence[_Reference],
    said: Mapping[int, Mapping[int, _Said]],
    jurors: Sequence[int],
) -> list[Round]:
    return [
        Round(
            tuple(
                float(given.unsafe) if (given := said[each.unit].get(juror)) else None
                for juror in jurors
            ),
            int(each.unsafe),
        )
        for each in references
        if each.unit in said
    ]


def _rounds(
    category: str,
    references: Sequence[_Reference],
    said: Mapping[int, Mapping[int, _Said]],
    jurors: Sequence[int],
) -> list[Round]:
    found = []
    for each in references:
        given = said.get(each.unit)
        if given is None:
            continue
        named = category in each.categories
        if not named and not any(category in one.categories for one in given.values()):
            continue
        words = tuple(
            float(category in one.categories) if (one := given.get(juror)) else None
            for juror in jurors
        )
        found.append(Round(words, int(named)))
    return found
