"""Writes on seats, drafts, annotations and sessions. Called by flow only."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Now

from annotator.audit import services as audit
from annotator.core import dbtime
from annotator.core.digests import ring_position
from annotator.core.errors import (
    AlreadyDone,
    Conflict,
    Invalid,
    LeaseLost,
    NotFound,
    VersionConflict,
)
from annotator.core.ids import secret
from annotator.core.prepared import Prepared
from annotator.core.prepared_writes import PreparedInsert, PreparedUpdate
from annotator.intake.derived import mark_due
from annotator.labeling.models import Annotation, Assignment, Draft, Session, Vote
from annotator.labeling.queries import Seat, seat_view
from jury.verdict import Answer

SKIP_REASONS = ("unsure", "too_harmful", "language", "broken", "policy_gap")
SESSION_GAP = timedelta(minutes=10)


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


@dataclass(frozen=True, slots=True)
class NewAnnotation:
    """What a person submits on a seat, validated."""

    key: str
    body_digest: str
    answers: Mapping[tuple[int, str], Answer] = field(default_factory=dict)
    comment: str = ""
    seconds: float | None = None
    flagged: bool = False
    taxonomy_version: str = ""
    guideline_version: str = ""
    reason: str = ""
    guideline: str = ""
    contested: bool = False
    phase: str = Annotation.Phase.BLIND.value


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


def cancel_seats(seat_ids: Collection[int], *, run: int | None = None) -> int:
    """Cancel those of the seats that are still open; return how many. A run marks them."""
    return Assignment.objects.filter(pk__in=seat_ids, state=Assignment.State.OPEN).update(
        state=Assignment.State.CANCELLED, ended_at=Now(), cancelled_by_run=run
    )


def take_back_seats(run: int) -> bool:
    """Cancel the seats that a run opened, if nobody ever had one; else return False.

    The caller's transaction must end without effect then. The UPDATE waits for whoever is claiming
    one of them at this moment, and who comes later finds it cancelled.
    """
    opened = Assignment.objects.filter(opened_by_run=run)
    opened.filter(state=Assignment.State.OPEN).update(
        state=Assignment.State.CANCELLED, ended_at=Now()
    )
    return not opened.exclude(state=Assignment.State.CANCELLED, holders=[]).exists()


def reopen_seats(run: int, item_ids: Collection[int]) -> int:
    """Open again the seats of these items that a run cancelled; return how many."""
    return Assignment.objects.filter(
        item__in=item_ids, cancelled_by_run=run, state=Assignment.State.CANCELLED
    ).update(state=Assignment.State.OPEN, ended_at=None, cancelled_by_run=None)


def widen_seat(seat_id: int, asks: Mapping[str, Sequence[str]]) -> bool:
    """Let an open seat ask more; False if it is no longer open."""
    return bool(
        Assignment.objects.filter(pk=seat_id, state=Assignment.State.OPEN).update(asks=asks)
    )


_COUNT: Final = PreparedUpdate(
    lambda votes, population: (
        Vote.objects.filter(pk__in=votes),
        {"counts": True, "population": population},
    )
)


def mark_votes(marks: Mapping[int, tuple[bool, str]]) -> None:
    """Write what is derived of people's votes: whether each counts, and its population."""
    alike: dict[tuple[bool, str], list[int]] = {}
    for vote, mark in marks.items():
        alike.setdefault(mark, []).append(vote)
    for (counts, population), votes in alike.items():
        if counts:
            _COUNT(votes=tuple(votes), population=population)
        else:
            Vote.objects.filter(pk__in=votes).update(counts=False, population=population)


@transaction.atomic
def return_expired_seats() -> int:
    """Put seats whose lease ran out back on the ring; return how many. Drafts stay.

    Their items are due: where the seat is not needed any more, nobody else is to get it. A seat
    that is being submitted just now is left alone.
    """
    expired = Assignment.objects.filter(
        state=Assignment.State.LEASED, lease_until__lt=dbtime.now()
    ).select_for_update(skip_locked=True)
    items = dict(expired.values_list("pk", "item_id"))
    Assignment.objects.filter(pk__in=items).update(
        state=Assignment.State.OPEN, person=None, lease_until=None
    )
    mark_due(set(items.values()))
    return len(items)


_SEAT: Final = tuple(column.attname for column in Assignment._meta.concrete_fields)  # noqa: SLF001 - Django documents it
_LOCKED: Final = Prepared(
    lambda seat: Assignment.objects.select_for_update().filter(public_id=seat).values_list(*_SEAT)
)


def own_seat(public_id: str, person_id: int) -> Assignment:
    """Return a seat this person holds or ever held, locked; raises NotFound."""
    values = next(iter(_LOCKED(seat=public_id)), None)
    row = Assignment.from_db(None, _SEAT, values) if values is not None else None
    if row is None or person_id not in row.holders:
        raise NotFound("There is no such assignment.")
    return row


def _demand_lease(row: Assignment, lease: str, person_id: int) -> None:
    if row.state == Assignment.State.DONE:
        raise AlreadyDone("This item is submitted already.")
    if row.state != Assignment.State.LEASED or row.person_id != person_id or row.lease != lease:
        raise LeaseLost("The lease ran out and the item went back to the pool.")


@transaction.atomic
def renew_lease(*, public_id: str, person_id: int, lease: str, seconds: int) -> datetime:
    """Prolong a lease; return when it ends. Raises NotFound, LeaseLost, AlreadyDone."""
    row = own_seat(public_id, person_id)
    _demand_lease(row, lease, person_id)
    row.lease_until = dbtime.now() + timedelta(seconds=seconds)
    row.save(update_fields=["lease_until"])
    return row.lease_until


@transaction.atomic
def give_back(*, public_id: str, person_id: int, lease: str) -> None:
    """Return a leased seat to the ring. Raises NotFound, LeaseLost, AlreadyDone."""
    row = own_seat(public_id, person_id)
    _demand_lease(row, lease, person_id)
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
    _demand_lease(row, lease, person_id)
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


def next_seat_number(item_id: int) -> int:
    """Return the number of an item's next seat."""
    last = Assignment.objects.filter(item=item_id).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


@transaction.atomic
def save_draft(
    *, public_id: str, person_id: int, lease: str, version: int, body: Mapping[str, object]
) -> int:
    """Store a draft; return its new version.

    `version` is the one the answer was based on. Raises VersionConflict with both answers in
    its details, NotFound, LeaseLost, AlreadyDone.
    """
    row = own_seat(public_id, person_id)
    _demand_lease(row, lease, person_id)
    draft, _ = Draft.objects.select_for_update().get_or_create(assignment=row, person_id=person_id)
    if draft.version != version:
        if draft.body == body:
            return draft.version
        raise VersionConflict(
            "A newer draft is stored.",
            details={"yours": body, "stored": draft.body, "version": draft.version},
        )
    draft.version += 1
    draft.body = dict(body)
    draft.save()
    return draft.version


def keep_lost_answer(*, seat_id: int, person_id: int, body: Mapping[str, object]) -> None:
    """Keep an answer that came too late as the person's draft: never dropped."""
    draft, _ = Draft.objects.get_or_create(assignment_id=seat_id, person_id=person_id)
    draft.version += 1
    draft.body = dict(body)
    draft.kept_after_loss = True
    draft.save()


def put_draft(*, seat_id: int, person_id: int, body: Mapping[str, object]) -> None:
    """Store a draft whatever was there: what was withdrawn is filled in again."""
    draft, _ = Draft.objects.get_or_create(assignment_id=seat_id, person_id=person_id)
    draft.version += 1
    draft.body = dict(body)
    draft.save()


def answers_as_draft(annotation_id: int) -> dict[str, object]:
    """Return an annotation's answers in the form a draft has."""
    annotation = Annotation.objects.get(pk=annotation_id)
    verdicts: dict[str, dict[str, object]] = {}
    for vote in annotation.votes.select_related("unit").order_by("pk"):
        verdict = verdicts.setdefault(vote.unit.target, {})
        verdict[vote.question] = vote.value
        if vote.categories:
            verdict["categories"] = list(vote.categories)
        if vote.severity:
            verdict["severity"] = vote.severity
        if vote.other:
            verdict["other"] = vote.other
    return {"verdicts": verdicts, "comment": annotation.comment, "flagged": annotation.flagged}


def answers_elsewhere(public_id: str, person_id: int) -> bool:
    """Whether a person has another seat that counts on the item of this one: one is enough."""
    here = Assignment.objects.filter(public_id=public_id)
    theirs = Assignment.objects.filter(
        item__in=here.values("item"), person=person_id, reason__in=Assignment.COUNTING
    ).exclude(public_id=public_id)
    gone = (Assignment.State.CANCELLED, Assignment.State.EXPIRED)
    return theirs.exclude(state__in=gone).exists()


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


@dataclass(frozen=True, slots=True)
class Past:
    """What a seat and its holder bring to a submit."""

    revisions: int
    draft: int | None
    submitted: bool
    """The person has submitted something under this idempotency key."""


def _past(seat: int, person: int, key: str) -> QuerySet[Assignment, tuple[Any, ...]]:
    revisions = Annotation.objects.filter(assignment=OuterRef("pk")).order_by("-revision")
    drafts = Draft.objects.filter(assignment=OuterRef("pk"), person=person)
    known = Annotation.objects.filter(person=person, idempotency_key=key)
    return Assignment.objects.filter(pk=seat).values_list(
        Subquery(revisions.values("revision")[:1]),
        Subquery(drafts.values("pk")[:1]),
        Subquery(known.values("pk")[:1]),
    )


_PAST: Final = Prepared(_past)


def past_of(*, row: Assignment, person_id: int, key: str) -> Past:
    """Return a seat's past in one query; the caller holds the seat's lock."""
    ((revision, draft, known),) = _PAST(seat=row.pk, person=person_id, key=key)
    return Past(revision or 0, draft, known is not None)


_ANNOTATIONS: Final = PreparedInsert(Annotation)
_VOTES: Final = PreparedInsert(Vote)


def add_annotation(
    *, row: Assignment, person_id: int, new: NewAnnotation, past: Past | None = None
) -> Annotation:
    """Append a revision to a seat with its votes; earlier revisions are superseded.

    `past` is the seat's, if the caller has read it under the seat's lock.
    """
    past = past or past_of(row=row, person_id=person_id, key=new.key)
    revision = past.revisions + 1
    if revision > 1:
        Annotation.objects.filter(assignment=row, latest=True).update(latest=False)
    annotation = Annotation(
        assignment=row,
        item_id=row.item_id,
        person_id=person_id,
        revision=revision,
        phase=new.phase,
        idempotency_key=new.key,
        body_digest=new.body_digest,
        comment=new.comment,
        flagged=new.flagged,
        seconds=new.seconds,
        taxonomy_version=new.taxonomy_version,
        guideline_version=new.guideline_version,
        reason=new.reason,
        guideline=new.guideline,
        contested=new.contested,
    )
    _ANNOTATIONS([annotation])
    _VOTES(
        [
            Vote(
                annotation=annotation,
                unit_id=unit_id,
                question=question,
                value=answer.value,
                categories=list(answer.categories),
                severity=answer.severity,
                other=answer.other,
            )
            for (unit_id, question), answer in new.answers.items()
        ]
    )
    if past.draft is not None:
        Draft.objects.filter(assignment=row, person=person_id).delete()
    audit.record(
        verb="annotation.submitted",
        subject=f"annotation:{annotation.pk}",
        actor=person_id,
        project=row.project_id,
        data={"item": row.item_id, "revision": revision, "digest": new.body_digest},
    )
    return annotation


@dataclass(frozen=True, slots=True)
class Submitted:
    """What stands under an idempotency key; ids are public ones."""

    annotation: str
    assignment: str
    body_digest: str


def submitted_before(person_id: int, key: str) -> Submitted:
    """Return what a person already submitted under an idempotency key that they have used."""
    rows = Annotation.objects.filter(person=person_id, idempotency_key=key)
    return Submitted(*rows.values_list("public_id", "assignment__public_id", "body_digest").get())


@transaction.atomic
def withdraw_last(
    *, project_id: int, person_id: int, kind: str, lease_seconds: int
) -> tuple[Seat, int] | None:
    """Withdraw a person's last submission; the seat returns to them. None: nothing to undo.

    Returns the seat and the withdrawn annotation's id. Raises Conflict after a reveal.
    """
    annotation = (
        Annotation.objects.select_for_update()
        .select_related("assignment")
        .filter(
            person=person_id,
            assignment__project=project_id,
            assignment__kind=kind,
            latest=True,
            withdrawn_at__isnull=True,
        )
        .exclude(assignment__reason=Assignment.Reason.IMPORTED)
        .order_by("-pk")
        .first()
    )
    if annotation is None:
        return None
    if annotation.phase != Annotation.Phase.BLIND:
        raise Conflict("An answer given after the reveal cannot be undone.")
    annotation.withdrawn_at = dbtime.now()
    annotation.latest = False
    annotation.save(update_fields=["withdrawn_at", "latest"])
    row = annotation.assignment
    row.state = Assignment.State.LEASED
    row.lease = secret()
    row.lease_until = dbtime.now() + timedelta(seconds=lease_seconds)
    row.ended_at = None
    row.save(update_fields=["state", "lease", "lease_until", "ended_at"])
    audit.record(
        verb="annotation.withdrawn",
        subject=f"annotation:{annotation.pk}",
        actor=person_id,
        project=project_id,
    )
    return seat_view(row), annotation.pk


_NOTE: Final = PreparedUpdate(
    lambda project, person, submitted, skipped, seconds: (
        Session.objects.filter(
            project=project,
            person=person,
            ended_at__isnull=True,
            last_seen_at__gte=Now() - SESSION_GAP,
        ),
        {
            "last_seen_at": Now(),
            "submitted": F("submitted") + submitted,
            "skipped": F("skipped") + skipped,
            "active_seconds": F("active_seconds") + seconds,
        },
    )
)


def note_session(
    *,
    project_id: int,
    person_id: int,
    submitted: int = 0,
    skipped: int = 0,
    seconds: float = 0.0,
) -> None:
    """Add to a person's open session; a gap of ten minutes starts a new one."""

    def add() -> int:
        return _NOTE(
            project=project_id,
            person=person_id,
            submitted=submitted,
            skipped=skipped,
            seconds=seconds,
        )

    if add():
        return
    opened = Session.objects.filter(project=project_id, person=person_id, ended_at__isnull=True)
    opened.filter(last_seen_at__lt=Now() - SESSION_GAP).update(ended_at=F("last_seen_at"))
    Session.objects.get_or_create(project_id=project_id, person_id=person_id, ended_at=None)
    add()
