"""Who gets which seat: a cursor on the shuffle ring per person, project and band.

A claim looks at seats after the cursor, in chunks, and wraps once. The unique index on
(item, person) and the conditional UPDATE decide races; whoever loses takes the next seat.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Min

from annotator.core import dbtime
from annotator.core.digests import ring_position
from annotator.core.ids import secret
from annotator.labeling.models import Assignment, ClaimCursor
from annotator.labeling.queries import Seat, held_seat, seat_view

CHUNK = 200
END_OF_RING = 2**31


@transaction.atomic
def claim_seat(*, project_id: int, person_id: int, kind: str, lease_seconds: int) -> Seat | None:
    """Lease a seat to a person: the one they hold, else the next on their ring, else None."""
    now = dbtime.now()
    held = held_seat(project_id, person_id, kind, now)
    if held is not None:
        return held
    for band in _bands_with_open_seats(project_id, kind):
        cursor = _cursor(project_id, person_id, kind, band)
        held = held_seat(project_id, person_id, kind, now)
        if held is not None:  # a second claim of this person was faster
            return held
        for seat in _candidates(project_id, kind, band, cursor.position):
            if _take(seat, person_id, lease_seconds):
                cursor.position = seat.ring
                cursor.save(update_fields=["position"])
                return seat_view(Assignment.objects.get(pk=seat.pk))
    return None


def _bands_with_open_seats(project_id: int, kind: str) -> Iterator[int]:
    """Yield bands in order, one index seek each."""
    band = -1
    while True:
        found = Assignment.objects.filter(
            project=project_id, kind=kind, state=Assignment.State.OPEN, band__gt=band
        ).aggregate(next=Min("band"))["next"]
        if found is None:
            return
        band = found
        yield band


def _cursor(project_id: int, person_id: int, kind: str, band: int) -> ClaimCursor:
    """Return this person's cursor, locked, so that one person's claims follow one another."""
    start = ring_position("cursor", project_id, person_id, kind, band)
    ClaimCursor.objects.get_or_create(
        person_id=person_id,
        project_id=project_id,
        kind=kind,
        band=band,
        defaults={"position": start},
    )
    return ClaimCursor.objects.select_for_update().get(
        person_id=person_id, project_id=project_id, kind=kind, band=band
    )


def _candidates(project_id: int, kind: str, band: int, position: int) -> Iterator[Assignment]:
    """Yield open seats from the cursor on, once around the ring."""
    seats = Assignment.objects.filter(
        project=project_id, kind=kind, band=band, state=Assignment.State.OPEN
    ).order_by("ring", "pk")
    for low, high in ((position, END_OF_RING), (-1, position)):
        after = low
        while True:
            rows = list(seats.filter(ring__gt=after, ring__lte=high)[:CHUNK])
            yield from rows
            if len(rows) < CHUNK:
                break
            after = rows[-1].ring


def _take(seat: Assignment, person_id: int, lease_seconds: int) -> bool:
    """Lease one open seat unless the person knows the item or somebody was first."""
    if Assignment.objects.filter(
        item=seat.item_id,
        person=person_id,
        state__in=[
            Assignment.State.LEASED,
            Assignment.State.DONE,
            Assignment.State.SKIPPED,
        ],
    ).exists():
        return False
    try:
        with transaction.atomic():
            taken = Assignment.objects.filter(
                pk=seat.pk, state=Assignment.State.OPEN, lease=seat.lease
            ).update(
                state=Assignment.State.LEASED,
                person=person_id,
                holders=sorted({*seat.holders, person_id}),
                lease=secret(),
                lease_until=dbtime.now() + timedelta(seconds=lease_seconds),
            )
    except IntegrityError:  # the same person took another seat of this item meanwhile
        return False
    return bool(taken)
