"""Reads of seats, drafts and a person's own work; nothing here knows other people's answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Q, QuerySet, Value
from django.db.models.functions import Now

from annotator.core.prepared import Prepared
from annotator.intake import state_counts
from annotator.intake.state_counts import SEAT, WAITING, Place
from annotator.labeling.models import Assignment, Draft, Session


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat as its holder may see it: never why it exists."""

    id: int
    public_id: str
    project_id: int
    item_id: int
    kind: str
    state: str
    lease: str
    lease_until: datetime | None
    asks: Mapping[str, list[str]]
    new: bool = False
    """Just leased to somebody who never held it before: they have no draft on it."""


@dataclass(frozen=True, slots=True)
class DraftView:
    """What is filled in so far."""

    version: int
    body: Mapping[str, object]


NO_DRAFT: Final = DraftView(0, {})


@dataclass(frozen=True, slots=True)
class Tally:
    """A person's own counts in a project."""

    submitted: int
    skipped: int
    drafts: int
    session_submitted: int
    session_seconds: float


@dataclass(frozen=True, slots=True)
class SeatCounts:
    """Seats of a project by state."""

    open: int
    leased: int
    done: int


def seat_view(row: Assignment) -> Seat:
    """Return a seat's row as a value."""
    return Seat(
        id=row.pk,
        public_id=row.public_id,
        project_id=row.project_id,
        item_id=row.item_id,
        kind=row.kind,
        state=row.state,
        lease=row.lease,
        lease_until=row.lease_until,
        asks=row.asks,
    )


def _held(person: int, project: int, kind: str) -> QuerySet[Assignment, tuple[Any, ...]]:
    rows = Assignment.objects.filter(
        project=project,
        person=person,
        kind=kind,
        state=Assignment.State.LEASED,
        lease_until__gt=Now(),
    ).order_by("pk")
    return rows.values_list(*_SEAT)[:1]


_SEAT: Final = (
    "pk",
    "public_id",
    "project_id",
    "item_id",
    "kind",
    "state",
    "lease",
    "lease_until",
    "asks",
)
_HELD: Final = Prepared(_held)


def held_seat(project_id: int, person_id: int, kind: str) -> Seat | None:
    """Return the seat a person holds by the database's clock, the oldest first, or None."""
    rows = _HELD(person=person_id, project=project_id, kind=kind)
    return next((Seat(*row) for row in rows), None)


def draft_of(assignment_id: int, person_id: int) -> DraftView:
    """Return a person's draft on a seat; version 0 and an empty body when there is none."""
    rows = Draft.objects.filter(assignment=assignment_id, person=person_id)
    return next((DraftView(*row) for row in rows.values_list("version", "body")), NO_DRAFT)


def tally_of(project_id: int, person_id: int) -> Tally:
    """Return a person's own counts in a project."""
    seats = Assignment.objects.filter(project=project_id, person=person_id).aggregate(
        submitted=Count("pk", filter=Q(state=Assignment.State.DONE)),
        skipped=Count("pk", filter=Q(state=Assignment.State.SKIPPED)),
    )
    session = Session.objects.filter(
        project=project_id, person=person_id, ended_at__isnull=True
    ).first()
    return Tally(
        submitted=seats["submitted"],
        skipped=seats["skipped"],
        drafts=Draft.objects.filter(
            person=person_id, assignment__project=project_id, kept_after_loss=False
        ).count(),
        session_submitted=session.submitted if session else 0,
        session_seconds=session.active_seconds if session else 0.0,
    )


def seat_counts(project_id: int) -> SeatCounts:
    """Return how many seats of a project are open, leased and done."""
    held = (
        Assignment.objects.filter(project=project_id, state=Assignment.State.LEASED)
        .order_by()
        .values(kind_=Value(SEAT), part_=Value(""), state_=Value(str(Assignment.State.LEASED)))
        .annotate(n=Count("*"))
        .values_list("kind_", "part_", "state_", "n")
    )
    counted = state_counts.counts_of(project_id, (SEAT,), held)
    leased = counted[Place(SEAT, "", Assignment.State.LEASED)]
    return SeatCounts(
        open=counted[Place(SEAT, "", WAITING)] - leased,
        leased=leased,
        done=counted[Place(SEAT, "", Assignment.State.DONE)],
    )
