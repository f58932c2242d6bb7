"""Writes on seats that nobody holds: opened, widened, cancelled, put back on the ring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max, QuerySet
from django.db.models.functions import Now

from annotator.core import dbtime
from annotator.core.digests import ring_position
from annotator.intake.derived import mark_due
from annotator.intake.state_counts import SEAT, WAITING, Place, note
from annotator.labeling.models import Assignment


@dataclass(frozen=True, slots=True)
class NewSeat:
    """A seat to open."""

    project_id: int
    item_id: int
    number: int
    reason: str
    round: int
    asks: Mapping[str, Sequence[str]]
    kind: str = Assignment.Kind.LABEL.value
    band: int = 5
    seed: int = 0
    run: int | None = None


def open_seats(seats: Sequence[NewSeat]) -> None:
    """Open seats in bulk; their places on the ring depend on the project's seed and the item."""
    Assignment.objects.bulk_create(
        [
            Assignment(
                project_id=seat.project_id,
                item_id=seat.item_id,
                number=seat.number,
                reason=seat.reason,
                round=seat.round,
                asks=seat.asks,
                kind=seat.kind,
                band=seat.band,
                ring=ring_position(seat.seed, seat.item_id, seat.number),
                opened_by_run=seat.run,
            )
            for seat in seats
        ],
        batch_size=1000,
    )
    for project_id, n in Counter(seat.project_id for seat in seats).items():
        note_seats(project_id, waiting=n)


def note_seats(project_id: int, *, waiting: int = 0, done: int = 0) -> None:
    """Say by how many more seats wait, open or leased, and are done; where they change, only."""
    note(
        project_id,
        {Place(SEAT, "", WAITING): waiting, Place(SEAT, "", Assignment.State.DONE): done},
    )


def cancel_seats(seat_ids: Collection[int], *, project_id: int, run: int | None = None) -> int:
    """Cancel those of the seats that are still open; return how many. A run marks them."""
    rows = Assignment.objects.filter(pk__in=seat_ids, state=Assignment.State.OPEN)
    cancelled = rows.update(state=Assignment.State.CANCELLED, ended_at=Now(), cancelled_by_run=run)
    note_seats(project_id, waiting=-cancelled)
    return cancelled


def take_back_seats(run: int, *, project_id: int) -> bool:
    """Cancel the seats that a run opened, if nobody ever had one; else return False.

    The caller's transaction must end without effect then. The UPDATE waits for whoever is claiming
    one of them at this moment, and who comes later finds it cancelled.
    """
    opened = Assignment.objects.filter(opened_by_run=run)
    cancelled = opened.filter(state=Assignment.State.OPEN).update(
        state=Assignment.State.CANCELLED, ended_at=Now()
    )
    note_seats(project_id, waiting=-cancelled)
    return not opened.exclude(state=Assignment.State.CANCELLED, holders=[]).exists()


def undo_on_seats(run: int, item_ids: Collection[int], *, project_id: int) -> int:
    """Cancel what a run opened on these items and nobody has; return how many.

    First-pass seats that it cancelled open again. Later ones do not: whoever decides now opens what
    is needed.
    """
    here = Assignment.objects.filter(item__in=item_ids)
    opened = here.filter(
        cancelled_by_run=run,
        state=Assignment.State.CANCELLED,
        kind=Assignment.Kind.LABEL,
        round=1,
    ).update(state=Assignment.State.OPEN, ended_at=None, cancelled_by_run=None)
    cancelled = here.filter(opened_by_run=run, state=Assignment.State.OPEN).update(
        state=Assignment.State.CANCELLED, ended_at=Now()
    )
    note_seats(project_id, waiting=opened - cancelled)
    return cancelled


def reopen_seats(run: int, item_ids: Collection[int], *, project_id: int) -> int:
    """Open again the seats of these items that a run cancelled; return how many."""
    opened = Assignment.objects.filter(
        item__in=item_ids, cancelled_by_run=run, state=Assignment.State.CANCELLED
    ).update(state=Assignment.State.OPEN, ended_at=None, cancelled_by_run=None)
    note_seats(project_id, waiting=opened)
    return opened


def widen_seat(seat_id: int, asks: Mapping[str, Sequence[str]]) -> bool:
    """Let an open seat ask more; False if it is no longer open."""
    return bool(
        Assignment.objects.filter(pk=seat_id, state=Assignment.State.OPEN).update(asks=asks)
    )


@transaction.atomic
def return_expired_seats() -> int:
    """Put seats whose lease ran out back on the ring; return how many. Drafts stay.

    Their items are due: where the seat is not needed any more, nobody else is to get it. A seat
    that is being submitted just now is left alone.
    """
    expired = Assignment.objects.filter(state=Assignment.State.LEASED, lease_until__lt=dbtime.now())
    found = dict(expired.values_list("pk", "item_id"))
    mark_due(set(found.values()))  # the items first, as everywhere
    return _put_back(expired.filter(pk__in=found).select_for_update(skip_locked=True))


def held_projects(*, person_id: int) -> list[int]:
    """Return the projects in which a person holds a seat."""
    rows = Assignment.objects.filter(person=person_id, state=Assignment.State.LEASED)
    return sorted(set(rows.values_list("project_id", flat=True)))


def held_items(*, project_id: int, person_id: int, kinds: Collection[str]) -> set[int]:
    """Return the items of the seats of these kinds that a person holds in a project."""
    rows = _held(project_id, person_id, kinds)
    return set(rows.values_list("item_id", flat=True))


def return_held_seats(*, project_id: int, person_id: int, kinds: Collection[str]) -> int:
    """Put what a person holds back on the ring; return how many seats. Drafts stay.

    The caller has locked the items.
    """
    return _put_back(_held(project_id, person_id, kinds).select_for_update())


def _held(project_id: int, person_id: int, kinds: Collection[str]) -> QuerySet[Assignment]:
    return Assignment.objects.filter(
        project=project_id,
        person=person_id,
        kind__in=kinds,
        state=Assignment.State.LEASED,
    )


def _put_back(locked: QuerySet[Assignment]) -> int:
    return Assignment.objects.filter(pk__in=list(locked.values_list("pk", flat=True))).update(
        state=Assignment.State.OPEN, person=None, lease_until=None
    )


def next_seat_number(item_id: int) -> int:
    """Return the number of an item's next seat."""
    last = Assignment.objects.filter(item=item_id).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1
