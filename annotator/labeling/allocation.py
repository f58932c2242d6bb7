"""Who gets which seat: a cursor on the shuffle ring per person, project and band.

A claim takes the first open seat after the cursor whose item the person does not know, and wraps
once. One person's claims wait for each other at the cursor; where the database can skip locked
rows nobody waits for a seat that another is just taking, and such seats are tried once more,
patiently, before a claim goes away empty-handed. The unique index on (item, person) decides what
races are left: whoever loses starts again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypedDict, Unpack

from django.db import IntegrityError, connection, transaction
from django.db.models import BigIntegerField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Coalesce, Now

from annotator.core.digests import ring_position
from annotator.core.ids import secret
from annotator.core.prepared import Prepared
from annotator.core.prepared_writes import PreparedUpdate
from annotator.labeling.models import Assignment, ClaimCursor, Shown
from annotator.labeling.queries import Seat, held_seat

END_OF_RING: Final = 2**31 - 1
TRIES: Final = 3
KNOWN: Final = (Assignment.State.LEASED, Assignment.State.DONE, Assignment.State.SKIPPED)
"""Who has a seat in one of these states has seen its item."""


@dataclass(frozen=True, slots=True)
class _Free:
    """An open seat, and the database's time."""

    id: int
    public_id: str
    item_id: int
    ring: int
    holders: Sequence[int]
    asks: Mapping[str, list[str]]
    at: datetime


def _next_band(project: int, kind: str, after: int) -> QuerySet[Assignment, tuple[int]]:
    rows = Assignment.objects.filter(
        project=project, kind=kind, state=Assignment.State.OPEN, band__gt=after
    )
    return rows.order_by("band").values_list("band")[:1]


def _cursor_rows(
    person: int, project: int, kind: str, band: int
) -> QuerySet[ClaimCursor, tuple[int, int]]:
    rows = ClaimCursor.objects.select_for_update().filter(
        person=person, project=project, kind=kind, band=band
    )
    return rows.values_list("pk", "position")


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who wants a seat.

    Attributes:
        person: Their id.
        after: They take seats to label on items with a greater id only.
        reads: Whether they read what was said of items: what was disclosed once is not for them
            to label.
    """

    person: int
    after: int = 0
    reads: bool = False


class _Stretch(TypedDict):
    """Where a person looks for a seat: behind `low`, up to `high`, on items after `after`."""

    person: int
    project: int
    kind: str
    band: int
    low: int
    high: int
    after: int


def _free(
    at: _Stretch, *, skip: bool, label: bool, reads: bool
) -> QuerySet[Assignment, tuple[Any, ...]]:
    """Return the first open seat of a stretch of the ring whose item is new to the person, locked.

    `skip` passes over a seat that another transaction has; otherwise the query waits for it. Seats
    to `label` are not for who was shown what others said; nor, if they are a lead who `reads`,
    those on an item that was disclosed.
    """
    # By the item's few seats, never by all that the person ever did: Coalesce hides that index
    # from a planner whose statistics say that this person is new.
    who = Coalesce("person_id", Value(0), output_field=BigIntegerField())
    seats = Assignment.objects.alias(who=who)
    seen = seats.filter(item=OuterRef("item"), who=at["person"], state__in=KNOWN)
    rows = Assignment.objects.filter(
        ~Exists(seen),
        item_id__gt=at["after"],
        project=at["project"],
        kind=at["kind"],
        band=at["band"],
        state=Assignment.State.OPEN,
        ring__gt=at["low"],
        ring__lte=at["high"],
    ).order_by("ring", "pk")
    if label:
        shown = Shown.objects.filter(item=OuterRef("item"), person=at["person"])
        rows = rows.filter(~Exists(shown))
    if label and reads:
        rows = rows.filter(item__disclosed=False)
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=skip, of=("self",))
    return rows.values_list("pk", "public_id", "item_id", "ring", "holders", "asks", Now())[:1]


_NEXT_BAND: Final = Prepared(_next_band)
_CURSOR: Final = Prepared(_cursor_rows)


def _search(*, skip: bool, label: bool, reads: bool) -> Prepared:
    def search(**at: Unpack[_Stretch]) -> QuerySet[Assignment, tuple[Any, ...]]:
        return _free(at, skip=skip, label=label, reads=reads)

    return Prepared(search)


_NEXT: Final = {
    (skip, label, reads): _search(skip=skip, label=label, reads=reads)
    for skip in (True, False)
    for label in (True, False)
    for reads in (True, False)
}


_TAKE: Final = PreparedUpdate(
    lambda seat, person, holders, lease, until: (
        Assignment.objects.filter(pk=seat, state=Assignment.State.OPEN),
        {
            "state": Assignment.State.LEASED,
            "person": person,
            "holders": holders,
            "lease": lease,
            "lease_until": until,
        },
    )
)
_MOVE: Final = PreparedUpdate(
    lambda cursor, position: (ClaimCursor.objects.filter(pk=cursor), {"position": position})
)


def claim_seat(*, project_id: int, who: Claimant, kind: str, lease_seconds: int) -> Seat | None:
    """Lease a seat to a person: the one they hold, else the next on their ring, else None."""
    for _ in range(TRIES - 1):
        try:
            return _claim(project_id, who, kind, lease_seconds)
        except IntegrityError:  # the same person took another seat of this item meanwhile
            continue
    return _claim(project_id, who, kind, lease_seconds)


@transaction.atomic
def _claim(project_id: int, who: Claimant, kind: str, lease_seconds: int) -> Seat | None:
    cursors = []
    person_id = who.person
    for band in _bands_with_open_seats(project_id, kind):
        cursor = _cursor(project_id, person_id, kind, band)
        held = held_seat(project_id, person_id, kind)
        if held is not None:
            return held
        seat = _take_next(cursor, who, lease_seconds, patient=False)
        if seat is not None:
            return seat
        cursors.append(cursor)
    if not cursors:
        return held_seat(project_id, person_id, kind)
    if connection.features.has_select_for_update_skip_locked:
        for cursor in cursors:  # whoever was about to take a seat may have changed their mind
            seat = _take_next(cursor, who, lease_seconds, patient=True)
            if seat is not None:
                return seat
    return None


def _bands_with_open_seats(project_id: int, kind: str) -> Iterator[int]:
    """Yield bands in order, one index seek each."""
    band = -1
    while rows := _NEXT_BAND(project=project_id, kind=kind, after=band):
        ((band,),) = rows
        yield band


def _cursor(project_id: int, person_id: int, kind: str, band: int) -> ClaimCursor:
    """Return this person's cursor, locked, so that one person's claims follow one another."""
    place = {"person_id": person_id, "project_id": project_id, "kind": kind, "band": band}
    locked = _CURSOR(person=person_id, project=project_id, kind=kind, band=band)
    if not locked:
        start = ring_position("cursor", project_id, person_id, kind, band)
        ClaimCursor.objects.get_or_create(**place, defaults={"position": start})
        locked = _CURSOR(person=person_id, project=project_id, kind=kind, band=band)
    ((pk, position),) = locked
    return ClaimCursor(pk=pk, position=position, **place)


def _take_next(
    cursor: ClaimCursor, who: Claimant, lease_seconds: int, *, patient: bool
) -> Seat | None:
    """Lease the next free seat of a band, once around the ring."""
    label = cursor.kind == Assignment.Kind.LABEL
    search = _NEXT[not patient, label, who.reads]
    for low, high in ((cursor.position, END_OF_RING), (-1, cursor.position)):
        rows = search(
            person=cursor.person_id,
            project=cursor.project_id,
            kind=cursor.kind,
            band=cursor.band,
            low=low,
            high=high,
            after=who.after if label else 0,
        )
        for row in rows:
            free = _Free(*row)
            seat = _lease(free, cursor, lease_seconds)
            if seat is not None:
                _MOVE(cursor=cursor.pk, position=free.ring)
                return seat
    return None


def _lease(free: _Free, cursor: ClaimCursor, lease_seconds: int) -> Seat | None:
    """Lease a seat that is still open."""
    person_id, lease = cursor.person_id, secret()
    until = free.at + timedelta(seconds=lease_seconds)
    taken = _TAKE(
        seat=free.id,
        person=person_id,
        holders=sorted({*free.holders, person_id}),
        lease=lease,
        until=until,
    )
    if not taken:
        return None
    return Seat(
        id=free.id,
        public_id=free.public_id,
        project_id=cursor.project_id,
        item_id=free.item_id,
        kind=cursor.kind,
        state=Assignment.State.LEASED,
        lease=lease,
        lease_until=until,
        asks=free.asks,
        new=person_id not in free.holders,
    )
