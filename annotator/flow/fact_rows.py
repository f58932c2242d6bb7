"""The rows that facts are made of, each read in one prepared query for any number of items."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from django.db.models import Count, OuterRef, QuerySet, Subquery

from annotator.catalog.models import PolicyVersion
from annotator.core.prepared import Prepared, Row
from annotator.intake.models import Unit
from annotator.labeling.models import Assignment
from annotator.labeling.models import Vote as HumanVote
from annotator.panel.models import Inquiry, Panel
from annotator.panel.models import Vote as JurorVote
from annotator.quality.models import Decision
from annotator.quality.queries.asides import set_aside_on_seat, set_aside_opinion

__all__ = [
    "Row",
    "decisions",
    "human_votes",
    "in_force",
    "inquiries",
    "juror_votes",
    "seats",
    "units",
]

_ANSWER: Final = (
    "pk",
    "unit_id",
    "question",
    "counts",
    "value",
    "categories",
    "severity",
    "other",
)


def _units(items: Collection[int]) -> QuerySet[Unit, Any]:
    rows = Unit.objects.filter(item__in=items).order_by("item_id", "position", "pk")
    return rows.values_list("item_id", "pk", "target", "state")


def _seats(items: Collection[int]) -> QuerySet[Assignment, Any]:
    rows = Assignment.objects.filter(item__in=items).order_by("item_id", "number")
    columns = ("item_id", "pk", "number", "kind", "reason", "state", "round", "asks")
    return rows.values_list(*columns)


def _decisions(items: Collection[int]) -> QuerySet[Decision, Any]:
    rows = Decision.objects.filter(unit__item__in=items, current=True)
    return rows.values_list("unit_id", "question", "outcome", "evidence_digest")


def _human_votes(items: Collection[int]) -> QuerySet[HumanVote, Any]:
    rows = HumanVote.objects.filter(annotation__item__in=items).order_by("pk")
    return rows.values_list(
        *_ANSWER,
        "annotation__person_id",
        "annotation__latest",
        "annotation__withdrawn_at",
        "annotation__phase",
        "annotation__contested",
        "annotation__assignment__state",
        "annotation__assignment__reason",
        "annotation__assignment__round",
        "population",
        "annotation__item_id",
        "annotation_id",
        "annotation__revision",
        "annotation__created_at",
        "annotation__assignment_id",
        set_aside_on_seat(),
    )


def _juror_votes(items: Collection[int]) -> QuerySet[JurorVote, Any]:
    rows = JurorVote.objects.filter(opinion__inquiry__item__in=items).order_by("pk")
    return rows.values_list(
        *_ANSWER,
        "opinion__inquiry__purpose",
        "opinion__inquiry__juror_version__current",
        "opinion__inquiry__juror_version__juror__name",
        "opinion__inquiry__juror_version__juror__active",
        "opinion__inquiry__juror_version__juror__dialect",
        "opinion_id",
        set_aside_opinion(),
    )


def _inquiries(items: Collection[int]) -> QuerySet[Inquiry, Any]:
    return Inquiry.objects.filter(item__in=items).values_list(
        "item_id",
        "state",
        "created_at",
        "purpose",
        "juror_version__current",
        "juror_version__juror__active",
    )


def _in_force(project: int) -> QuerySet[PolicyVersion, Any]:
    """Return the policy version in force, the active jurors of the current panel, and since when.

    Without a juror the last two are None.
    """
    panels = Panel.objects.filter(
        project=OuterRef("project"), current=True, seats__juror__active=True
    )
    jurors = panels.values("pk").annotate(n=Count("seats")).order_by().values("n")
    policies = PolicyVersion.objects.filter(project=project, current=True, target="", question="")
    seated = panels.values("created_at")[:1]
    return policies.values_list("pk", Subquery(jurors), Subquery(seated))


units: Final = Prepared(_units)
seats: Final = Prepared(_seats)
decisions: Final = Prepared(_decisions)
human_votes: Final = Prepared(_human_votes)
juror_votes: Final = Prepared(_juror_votes)
inquiries: Final = Prepared(_inquiries)
in_force: Final = Prepared(_in_force)
