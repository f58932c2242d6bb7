"""A project from above, for those who lead it: how far it is, and its units one by one."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypedDict

from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from annotator.accounts.queries import Actor
from annotator.catalog.queries import MANAGERS, ProjectView, project_for
from annotator.core.errors import Invalid, NotFound
from annotator.intake.models import Unit
from annotator.intake.queries import item_count
from annotator.labeling.queries import SeatCounts, annotation_count, seat_counts
from annotator.panel import queries as panel
from annotator.quality.models import Decision, Ruling

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

OPEN: Final = "open"
UNIT_STATES: Final = (OPEN, "settled", "reannotate", "adjudicate")
UNIT_ID: Final = re.compile(r"([A-Za-z0-9_-]{1,32}):([a-z0-9_]+(?::[0-9]+)?)")


@dataclass(frozen=True, slots=True)
class ProgressView:
    """How far a project is; `spend` is what calls of known price have cost."""

    items: int
    units: Mapping[str, int]
    seats: SeatCounts
    annotations: int
    opinions: Mapping[str, Mapping[str, int]]
    spend: float


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit in a list; `id` is the item's public id and the target, `rulings` by question."""

    id: str
    item: str
    external_id: str
    target: str
    state: str
    rulings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class UnitPage:
    """Some units; `more` says whether others follow the last one."""

    rows: tuple[UnitRow, ...]
    more: bool


def progress(actor: Actor, slug: str) -> ProgressView:
    """Return how far a project is. Raises NotFound, NotAllowed."""
    project = project_for(actor, slug, MANAGERS)
    counts = dict.fromkeys(UNIT_STATES, 0)
    rows = _units(project).order_by().values_list("standing").annotate(n=Count("pk"))
    counts.update({str(state): int(n) for state, n in rows})
    return ProgressView(
        items=item_count(project.id),
        units=counts,
        seats=seat_counts(project.id),
        annotations=annotation_count(project.id),
        opinions=panel.progress(project.id),
        spend=panel.spent(project.id),
    )


def unit_list(
    actor: Actor, slug: str, *, state: str = "", after: str = "", limit: int = 100
) -> UnitPage:
    """Return units in the order of their import, those behind the unit `after`.

    Raises Invalid for an unknown state or place, NotFound, NotAllowed.
    """
    project = project_for(actor, slug, MANAGERS)
    if state and state not in UNIT_STATES:
        message = f"Unknown state {state!r}; one of {', '.join(UNIT_STATES)}."
        raise Invalid(message, fields={"state": message})
    units = _units(project)
    if state:
        units = units.filter(standing=state)
    if after:
        units = units.filter(pk__gt=_place(project, after))
    found: list[tuple[Any, ...]] = list(
        units.order_by("pk").values_list(
            "pk", "item__public_id", "item__external_id", "target", "standing"
        )[: limit + 1]
    )
    rulings = _rulings([row[0] for row in found])
    return UnitPage(
        rows=tuple(
            UnitRow(f"{item}:{target}", item, external_id, target, standing, rulings.get(pk, {}))
            for pk, item, external_id, target, standing in found[:limit]
        ),
        more=len(found) > limit,
    )


def find_unit(project: ProjectView, unit_id: str) -> Unit:
    """Return a project's unit by its public name; raises NotFound."""
    name = UNIT_ID.fullmatch(unit_id)
    found = name and (
        Unit.objects.select_related("item")
        .filter(item__project=project.id, item__public_id=name[1], target=name[2])
        .first()
    )
    if not found:
        raise NotFound("There is no such unit.")
    return found


def _place(project: ProjectView, unit_id: str) -> int:
    try:
        return find_unit(project, unit_id).pk
    except NotFound as error:
        message = "The cursor is not one of this list."
        raise Invalid(message, fields={"cursor": message}) from error


def _rulings(unit_ids: Collection[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    rows = Ruling.objects.filter(unit__in=unit_ids, current=True).order_by("question")
    for unit, question, value in rows.values_list("unit", "question", "value"):
        found.setdefault(unit, {})[question] = value
    return found


class Standing(TypedDict):
    """What `_units` adds to a unit."""

    standing: str


def _units(project: ProjectView) -> QuerySet[WithAnnotations[Unit, Standing]]:
    """Return the judged units, each with `standing`: that of its least finished question."""
    expected = [
        When(
            Q(target=target.key) | Q(target__startswith=f"{target.key}:"),
            then=Value(len(project.questions_for(target.key))),
        )
        for target in project.targets
    ]
    units = Unit.objects.filter(item__project=project.id).annotate(
        asked=Case(*expected, default=Value(0)),
        decided=_decisions(),
        again=_decisions(Decision.Outcome.REANNOTATE),
        disputed=_decisions(Decision.Outcome.ADJUDICATE),
    )
    return units.filter(asked__gt=0).annotate(
        standing=Case(
            When(decided__lt=F("asked"), then=Value(OPEN)),
            When(again__gt=0, then=Value(Decision.Outcome.REANNOTATE.value)),
            When(disputed__gt=0, then=Value(Decision.Outcome.ADJUDICATE.value)),
            default=Value(Decision.Outcome.SETTLED.value),
        )
    )


def _decisions(outcome: Decision.Outcome | None = None) -> Coalesce:
    rows = Decision.objects.filter(unit=OuterRef("pk"), current=True)
    if outcome is not None:
        rows = rows.filter(outcome=outcome)
    counts = rows.order_by().values("unit").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counts), Value(0))
