"""Reads of seats, drafts and a person's own work; nothing here knows other people's answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from annotator.labeling.models import Annotation, Assignment, Draft, Session


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


@dataclass(frozen=True, slots=True)
class DraftView:
    """What is filled in so far."""

    version: int
    body: Mapping[str, object]


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


def held_seat(project_id: int, person_id: int, kind: str, now: datetime) -> Seat | None:
    """Return the seat this person holds now, the oldest first, or None."""
    row = (
        Assignment.objects.filter(
            project=project_id,
            person=person_id,
            kind=kind,
            state=Assignment.State.LEASED,
            lease_until__gt=now,
        )
        .order_by("pk")
        .first()
    )
    return seat_view(row) if row else None


def draft_of(assignment_id: int, person_id: int) -> DraftView:
    """Return a person's draft on a seat; version 0 and an empty body when there is none."""
    row = Draft.objects.filter(assignment=assignment_id, person=person_id).first()
    return DraftView(row.version, row.body) if row else DraftView(0, {})


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
    counts = dict(
        Assignment.objects.filter(project=project_id)
        .values_list("state")
        .annotate(n=Count("pk"))
        .order_by()
    )
    return SeatCounts(
        open=counts.get(Assignment.State.OPEN, 0),
        leased=counts.get(Assignment.State.LEASED, 0),
        done=counts.get(Assignment.State.DONE, 0),
    )


def annotation_count(project_id: int) -> int:
    """Return how many annotations of a project stand (latest revision, not withdrawn)."""
    return Annotation.objects.filter(
        assignment__project=project_id, latest=True, withdrawn_at__isnull=True
    ).count()
