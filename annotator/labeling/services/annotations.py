"""Writes on annotations and their votes: revisions are appended and withdrawn, never edited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from annotator.audit import services as audit
from annotator.core import dbtime
from annotator.core.errors import Conflict
from annotator.core.ids import secret
from annotator.core.prepared import Prepared
from annotator.core.prepared_writes import PreparedInsert
from annotator.labeling.models import Annotation, Assignment, Draft, Shown, Vote
from annotator.labeling.queries import Seat, seat_view
from annotator.labeling.services.seats import note_seats
from jury.verdict import Answer


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


def answers_elsewhere(public_id: str, person_id: int) -> bool:
    """Whether a person has another seat that counts on the item of this one: one is enough."""
    here = Assignment.objects.filter(public_id=public_id)
    theirs = Assignment.objects.filter(
        item__in=here.values("item"), person=person_id, reason__in=Assignment.COUNTING
    ).exclude(public_id=public_id)
    gone = (Assignment.State.CANCELLED, Assignment.State.EXPIRED)
    return theirs.exclude(state__in=gone).exists()


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
    tell_of(annotation, project_id=row.project_id)
    return annotation


def tell_of(annotation: Annotation, *, project_id: int) -> None:
    """Append the event of an annotation that was submitted."""
    audit.record(
        verb="annotation.submitted",
        subject=f"annotation:{annotation.pk}",
        actor=annotation.person_id,
        project=project_id,
        data={
            "item": annotation.item_id,
            "revision": annotation.revision,
            "digest": annotation.body_digest,
        },
    )


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


def _standing(project_id: int, person_id: int, kind: str) -> QuerySet[Annotation]:
    """Return what a person has submitted and not taken back, the last one first."""
    rows = Annotation.objects.filter(
        person=person_id,
        assignment__project=project_id,
        assignment__kind=kind,
        latest=True,
        withdrawn_at__isnull=True,
    )
    return rows.exclude(assignment__reason=Assignment.Reason.IMPORTED).order_by("-pk")


def answered(annotation_id: int) -> frozenset[tuple[int, str]]:
    """Return what an annotation answers: units and questions."""
    rows = Vote.objects.filter(annotation=annotation_id)
    return frozenset(rows.values_list("unit_id", "question"))


def last_item(*, project_id: int, person_id: int, kind: str) -> int | None:
    """Return the item of a person's last submission, None where there is nothing to undo."""
    return _standing(project_id, person_id, kind).values_list("item_id", flat=True).first()


@transaction.atomic
def withdraw_last(
    *,
    project_id: int,
    person_id: int,
    item_id: int,
    kind: str,
    lease_seconds: int,
    final_after: timedelta | None = None,
) -> tuple[Seat, int] | None:
    """Withdraw a person's last submission on an item; the seat returns to them.

    The caller has locked the item. None: it was taken back meanwhile. Returns the seat and the withdrawn annotation's id. Raises Conflict after a reveal, and for
    what is older than `final_after`: its giver may have read what others said.
    """
    annotation = (
        _standing(project_id, person_id, kind)
        .filter(item=item_id)
        .select_related("assignment")
        .select_for_update(of=("self", "assignment"))
        .first()
    )
    if annotation is None:
        return None
    if annotation.phase != Annotation.Phase.BLIND:
        raise Conflict("An answer given after the reveal cannot be undone.")
    row = annotation.assignment
    if kind == Assignment.Kind.LABEL and _is_final(row, person_id, final_after):
        raise Conflict("This answer is final: you were shown what others said of the item.")
    annotation.withdrawn_at = dbtime.now()
    annotation.latest = False
    annotation.save(update_fields=["withdrawn_at", "latest"])
    was_done = row.state == Assignment.State.DONE
    row.state = Assignment.State.LEASED
    row.lease = secret()
    row.lease_until = dbtime.now() + timedelta(seconds=lease_seconds)
    row.ended_at = None
    row.save(update_fields=["state", "lease", "lease_until", "ended_at"])
    if was_done:
        note_seats(project_id, waiting=1, done=-1)
    audit.record(
        verb="annotation.withdrawn",
        subject=f"annotation:{annotation.pk}",
        actor=person_id,
        project=project_id,
    )
    return seat_view(row), annotation.pk


def _is_final(row: Assignment, person_id: int, after: timedelta | None) -> bool:
    if Shown.objects.filter(item=row.item_id, person=person_id).exists():
        return True
    if after is None:
        return False
    return row.ended_at is None or row.ended_at <= dbtime.now() - after
