"""Writes on the seat a person holds: prolonged, given back, skipped, finished."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models.functions import Now

from annotator.audit import services as audit
from annotator.core import dbtime
from annotator.core.digests import ring_position
from annotator.core.errors import AlreadyDone, Invalid, LeaseLost, NotFound
from annotator.core.prepared import Prepared
from annotator.core.prepared_writes import PreparedUpdate
from annotator.intake.models import Item
from annotator.labeling.models import Assignment
from annotator.labeling.services.seats import next_seat_number, note_seats
from annotator.labeling.services.sessions import note_session

SKIP_REASONS = ("unsure", "too_harmful", "language", "broken", "policy_gap")
_SEAT: Final = tuple(column.attname for column in Assignment._meta.concrete_fields)  # noqa: SLF001 - Django documents it
_LOCKED: Final = Prepared(
    lambda seat: Assignment.objects.select_for_update().filter(public_id=seat).values_list(*_SEAT)
)


_ITEM_LOCKED: Final = Prepared(
    lambda seat: (
        Item.objects.filter(pk__in=Assignment.objects.filter(public_id=seat).values("item"))
        .select_for_update()
        .values_list("pk")
    )
)


def lock_item_of(public_id: str) -> None:
    """Lock the item of a seat, if there is one.

    Whoever moves an item on holds it before any of its seats, so that no two wait for each other.
    """
    _ITEM_LOCKED(seat=public_id)


def own_seat(public_id: str, person_id: int) -> Assignment:
    """Return a seat this person holds or ever held, locked; raises NotFound."""
    values = next(iter(_LOCKED(seat=public_id)), None)
    row = Assignment.from_db(None, _SEAT, values) if values is not None else None
    if row is None or person_id not in row.holders:
        raise NotFound("There is no such assignment.")
    return row


def demand_lease(row: Assignment, lease: str, person_id: int) -> None:
    """Raise AlreadyDone or LeaseLost unless the person holds the seat under this lease."""
    if row.state == Assignment.State.DONE:
        raise AlreadyDone("This item is submitted already.")
    if row.state != Assignment.State.LEASED or row.person_id != person_id or row.lease != lease:
        raise LeaseLost("The lease ran out and the item went back to the pool.")


@transaction.atomic
def renew_lease(*, public_id: str, person_id: int, lease: str, seconds: int) -> datetime:
    """Prolong a lease; return when it ends. Raises NotFound, LeaseLost, AlreadyDone."""
    row = own_seat(public_id, person_id)
    demand_lease(row, lease, person_id)
    row.lease_until = dbtime.now() + timedelta(seconds=seconds)
    row.save(update_fields=["lease_until"])
    return row.lease_until


@transaction.atomic
def give_back(*, public_id: str, person_id: int, lease: str) -> None:
    """Return a leased seat to the ring. Raises NotFound, LeaseLost, AlreadyDone."""
    row = own_seat(public_id, person_id)
    demand_lease(row, lease, person_id)
    row.state = Assignment.State.OPEN
    row.person = None
    row.lease_until = None
    row.save(update_fields=["state", "person", "lease_until"])


@transaction.atomic
def skip_seat(*, public_id: str, person_id: int, lease: str, reason: str, note: str) -> int:
    """Skip a seat and open a like one for somebody else; return the item's id.

    Raises Invalid for an unknown reason, NotFound, LeaseLost, AlreadyDone.
    """
    if reason not in SKIP_REASONS:
        message = f"Unknown reason {reason!r}; one of {', '.join(SKIP_REASONS)}."
        raise Invalid(message, fields={"reason": message})
    row = own_seat(public_id, person_id)
    demand_lease(row, lease, person_id)
    row.state = Assignment.State.SKIPPED
    row.skip_reason = reason
    row.skip_note = note[:2000]
    row.ended_at = dbtime.now()
    row.save(update_fields=["state", "skip_reason", "skip_note", "ended_at"])
    number = next_seat_number(row.item_id)
    Assignment.objects.create(
        project_id=row.project_id,
        item_id=row.item_id,
        number=number,
        reason=row.reason,
        round=row.round,
        asks=row.asks,
        kind=row.kind,
        band=row.band,
        ring=ring_position("skip", row.item_id, number),
    )
    note_session(project_id=row.project_id, person_id=person_id, skipped=1)
    audit.record(
        verb="seat.skipped",
        subject=f"assignment:{row.pk}",
        actor=person_id,
        project=row.project_id,
        data={"reason": reason},
    )
    return row.item_id


_TAKEABLE: Final = (Assignment.State.OPEN, Assignment.State.LEASED)
_FINISH: Final = PreparedUpdate(
    lambda seat, lease, person: (
        Assignment.objects.filter(pk=seat, state__in=_TAKEABLE, lease=lease),
        {
            "state": Assignment.State.DONE,
            "person": person,
            "lease_until": None,
            "ended_at": Now(),
        },
    )
)


def finish_seat(*, row: Assignment, person_id: int, lease: str) -> None:
    """Mark a seat done for its holder, or for its last holder while nobody else has it.

    Raises LeaseLost when the seat is somebody else's now, AlreadyDone, Conflict if cancelled.
    """
    if row.lease != lease:
        raise LeaseLost("The lease ran out and the item went to somebody else.")
    if row.state == Assignment.State.DONE:
        raise AlreadyDone("This item is submitted already.")
    if not _FINISH(seat=row.pk, lease=lease, person=person_id):
        raise LeaseLost("The seat is no longer needed; your answer is kept as a draft.")
    note_seats(row.project_id, waiting=-1, done=1)
