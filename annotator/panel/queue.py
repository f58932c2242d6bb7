"""The jury's queue: inquiries are rows, leased, answered once, fenced by their owner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from annotator.core import dbtime
from annotator.intake.derived import mark_due
from annotator.intake.state_counts import Place, gathered, note
from annotator.panel.models import MAX_REASON, SUPERSEDED, Inquiry, JurorVersion, Panel
from annotator.panel.opinions import storable, store_calls, store_opinions
from annotator.panel.tallies import move, note_calls, place
from jury.opinion import Outcome

AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class ClaimedInquiry:
    """An inquiry leased to the caller."""

    id: int
    public_id: str
    project_id: int
    item_id: int
    juror_version_id: int
    attempts: int
    failures: int


@transaction.atomic
def open_inquiries(
    project_id: int,
    item_ids: Sequence[int],
    *,
    juror: str | None = None,
    purpose: str = Inquiry.Purpose.PANEL,
) -> int:
    """Queue each item for each current juror of the panel; return how many are new."""
    panel = Panel.objects.filter(project=project_id, current=True).first()
    if panel is None:
        return 0
    seats = panel.seats.filter(juror__active=True).exclude(juror__base_url="")
    if juror is not None:
        seats = seats.filter(juror__name=juror)
    versions = list(seats.order_by("pk").values_list("pk", flat=True))
    rows = [
        Inquiry(project_id=project_id, item_id=item, juror_version_id=version, purpose=purpose)
        for item in item_ids
        for version in versions
    ]
    Inquiry.objects.bulk_create(rows, ignore_conflicts=True, batch_size=AT_ONCE)
    # Who else asked the same at this moment made the other rows: ours have our ids.
    ours = [row.public_id for row in rows]
    new: Counter[int] = Counter()
    for start in range(0, len(ours), AT_ONCE):
        found = Inquiry.objects.filter(public_id__in=ours[start : start + AT_ONCE])
        new.update(found.values_list("juror_version_id", flat=True))
    if purpose == Inquiry.Purpose.PANEL:
        note(project_id, {place(version, Inquiry.State.QUEUED): n for version, n in new.items()})
    return new.total()


@transaction.atomic
def claim(*, owner: str, room: Mapping[int, int], lease_seconds: int) -> list[ClaimedInquiry]:
    """Lease queued inquiries, for each juror version at most as many as it has room for."""
    now = dbtime.now()
    claimed: list[Inquiry] = []
    for version, count in sorted(room.items()):
        rows = (
            Inquiry.objects.filter(
                juror_version=version,
                state=Inquiry.State.QUEUED,
                juror_version__current=True,
                juror_version__juror__active=True,
                juror_version__juror__paused_reason="",
            )
            .exclude(next_try_at__gt=now)
            .order_by("pk")
        )
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True, of=("self",))
        claimed += list(rows[:count])
    Inquiry.objects.filter(pk__in=[row.pk for row in claimed], state=Inquiry.State.QUEUED).update(
        state=Inquiry.State.LEASED,
        owner=owner,
        lease_until=now + timedelta(seconds=lease_seconds),
    )
    return [
        ClaimedInquiry(
            id=row.pk,
            public_id=row.public_id,
            project_id=row.project_id,
            item_id=row.item_id,
            juror_version_id=row.juror_version_id,
            attempts=row.attempts,
            failures=row.failures,
        )
        for row in claimed
    ]


def renew(*, owner: str, inquiry_ids: Collection[int], lease_seconds: int) -> None:
    """Prolong the leases an owner still holds."""
    held = Inquiry.objects.filter(pk__in=inquiry_ids, owner=owner, state=Inquiry.State.LEASED)
    _free_of(held).update(lease_until=dbtime.now() + timedelta(seconds=lease_seconds))


@transaction.atomic
def return_expired() -> int:
    """Put inquiries whose lease ran out back in the queue; return how many."""
    late = Inquiry.objects.filter(state=Inquiry.State.LEASED, lease_until__lt=dbtime.now())
    return _free_of(late).update(state=Inquiry.State.QUEUED, owner="", lease_until=None)


def _free_of(rows: QuerySet[Inquiry]) -> QuerySet[Inquiry]:
    """Return those of the rows that nobody is writing at this moment, locked.

    A flush locks its rows by key; an UPDATE that locked them in another order could wait for it
    while it waits for the UPDATE. Who is being flushed needs no lease any more.
    """
    if not connection.features.has_select_for_update_skip_locked:
        return rows
    free = rows.order_by("pk").select_for_update(skip_locked=True)
    return Inquiry.objects.filter(pk__in=list(free.values_list("pk", flat=True)))


@transaction.atomic
@gathered()
def flush(*, owner: str, outcomes: Sequence[Outcome]) -> int:
    """Store outcomes whose lease the owner still holds; return how many were stored.

    Every call is kept, also of those that came too late: a paid reply is accounted for. An owner
    whose lease ran out may have been given the inquiry again, and bring two outcomes of it at
    once: the first that is no mere release counts.
    """
    now = dbtime.now()
    rows = Inquiry.objects.filter(pk__in=[outcome.task for outcome in outcomes])
    if connection.features.has_select_for_update:
        rows = rows.select_for_update()
    inquiries = {row.pk: row for row in rows.order_by("pk")}
    held: dict[int, Outcome] = {}
    for outcome in outcomes:
        row = inquiries.get(outcome.task)
        if row is None or row.owner != owner or row.state != Inquiry.State.LEASED:
            continue
        if row.pk not in held or held[row.pk].state == "released":
            held[row.pk] = outcome
    fenced = list(held.values())
    known = [outcome for outcome in outcomes if outcome.task in inquiries]
    store_calls(known)
    note_calls({pk: row.project_id for pk, row in inquiries.items()}, known)
    store_opinions([(inquiries[o.task], o) for o in fenced])
    ended = []
    for outcome in fenced:
        row = inquiries[outcome.task]
        _end(row, outcome, now)
        if row.state in Inquiry.ENDED:
            ended.append(row.item_id)
    _note_ended([inquiries[outcome.task] for outcome in fenced])
    Inquiry.objects.bulk_update(
        [inquiries[outcome.task] for outcome in fenced],
        [
            "state",
            "owner",
            "lease_until",
            "attempts",
            "failures",
            "next_try_at",
            "reason",
            "ended_at",
        ],
        batch_size=200,
    )
    mark_due(sorted(set(ended)))
    return len(fenced)


def _note_ended(rows: Sequence[Inquiry]) -> None:
    moves: dict[int, Counter[Place]] = {}
    for row in rows:
        if row.state in Inquiry.ENDED and row.purpose == Inquiry.Purpose.PANEL:
            mine = moves.setdefault(row.project_id, Counter())
            mine[place(row.juror_version_id, Inquiry.State.LEASED)] -= 1
            mine[place(row.juror_version_id, row.state)] += 1
    for project_id, changes in moves.items():
        note(project_id, changes)


def _end(row: Inquiry, outcome: Outcome, now: datetime) -> None:
    row.attempts = outcome.attempts
    row.failures = outcome.failures
    row.owner = ""
    row.lease_until = None
    row.reason = storable(outcome.reason)[:MAX_REASON]
    if outcome.state == "released":
        row.state = Inquiry.State.QUEUED
        row.next_try_at = (
            now + timedelta(seconds=outcome.retry_in) if outcome.retry_in is not None else None
        )
        return
    row.state = Inquiry.State(outcome.state)
    row.next_try_at = None
    row.ended_at = now


@transaction.atomic
def retry_failed(project_id: int, *, juror: str | None = None) -> int:
    """Queue failed inquiries again, those of the panel as it is; return how many."""
    rows = Inquiry.objects.filter(
        project=project_id,
        state=Inquiry.State.FAILED,
        juror_version__current=True,
        juror_version__juror__active=True,
    )
    if juror is not None:
        rows = rows.filter(juror_version__juror__name=juror)
    return move(
        rows,
        project_id,
        state=Inquiry.State.QUEUED,
        failures=0,
        reason="",
        next_try_at=None,
        ended_at=None,
    )


@transaction.atomic
def end_superseded() -> int:
    """End what is queued for a juror as it no longer is; return how many.

    It must not be asked as the juror is now: the opinion would stand under the earlier version.
    """
    waits = Inquiry.objects.filter(juror_version=OuterRef("pk"), state=Inquiry.State.QUEUED)
    gone = JurorVersion.objects.filter(Q(current=False) | Q(juror__active=False), Exists(waits))
    ended = 0
    for version, project_id in gone.order_by("pk").values_list("pk", "juror__project"):
        ended += move(
            Inquiry.objects.filter(juror_version=version, state=Inquiry.State.QUEUED),
            project_id,
            state=Inquiry.State.FAILED,
            reason=SUPERSEDED,
            next_try_at=None,
            ended_at=dbtime.now(),
        )
    return ended


@transaction.atomic
def queue_again(project_id: int) -> int:
    """Queue what was ended for a juror that is again as it was; return how many."""
    rows = Inquiry.objects.filter(
        project=project_id,
        state=Inquiry.State.FAILED,
        reason=SUPERSEDED,
        juror_version__current=True,
        juror_version__juror__active=True,
    )
    return move(rows, project_id, state=Inquiry.State.QUEUED, reason="", ended_at=None)


@transaction.atomic
def withdraw_queued(project_id: int) -> int:
    """End what is still queued as failed, with the reason `stopped`; return how many."""
    items = list(
        Inquiry.objects.filter(project=project_id, state=Inquiry.State.QUEUED).values_list(
            "item_id", flat=True
        )
    )
    count = move(
        Inquiry.objects.filter(project=project_id, state=Inquiry.State.QUEUED),
        project_id,
        state=Inquiry.State.FAILED,
        reason="stopped",
        ended_at=dbtime.now(),
    )
    mark_due(sorted(set(items)))
    return count
