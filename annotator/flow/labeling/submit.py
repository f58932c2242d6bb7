"""Recording an answer and moving its item on, in one transaction."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from annotator.accounts.queries import Actor
from annotator.audit import services as audit
from annotator.catalog.queries import Standing
from annotator.core.digests import sha256_json
from annotator.core.errors import IdempotencyMismatch, Invalid, LeaseLost
from annotator.flow.labeling.answers import read_answers
from annotator.flow.labeling.seats import seat_of
from annotator.flow.labeling.values import LABEL, Receipt, Submission
from annotator.flow.sealed import seals
from annotator.flow.steps import advance
from annotator.flow.wake import wake_workers
from annotator.intake import state_counts
from annotator.labeling import services
from annotator.labeling.models import Assignment
from annotator.labeling.services import NewAnnotation

MAX_KEY = 64


def submit(
    actor: Actor, assignment: str, *, lease: str, key: str, submission: Submission
) -> Receipt:
    """Record an answer and move the item on, in one transaction.

    The same key with the same body returns the same receipt. Raises Invalid naming the fields,
    IdempotencyMismatch, AlreadyDone, NotFound, and LeaseLost, after the answer was kept as draft.
    """
    if not 0 < len(key) <= MAX_KEY:
        message = f"Idempotency-Key is required, at most {MAX_KEY} characters."
        raise Invalid(message, fields={"Idempotency-Key": message})
    try:
        with transaction.atomic(), audit.gathered(), state_counts.gathered():
            return _submit(actor, assignment, lease=lease, key=key, submission=submission)
    except LeaseLost:
        _keep(actor, assignment, submission)
        raise
    except IntegrityError as error:
        if not services.answers_elsewhere(assignment, actor.id):
            raise
        _keep(actor, assignment, submission)
        message = "You have this item on another seat; this answer is kept as a draft."
        raise LeaseLost(message) from error


@transaction.atomic
def _keep(actor: Actor, assignment: str, submission: Submission) -> None:
    """Keep an answer that came too late."""
    row, _ = seat_of(actor, assignment)
    services.keep_lost_answer(seat_id=row.pk, person_id=actor.id, body=submission.document())


def _demand_blind(row: Assignment, actor: Actor, standing: Standing) -> None:
    """Raise LeaseLost where somebody could read what others said before they answer."""
    takeable = row.state in {Assignment.State.OPEN, Assignment.State.LEASED}
    if row.kind != LABEL or not takeable or not standing.reads:
        return
    if row.item_id not in seals(actor.id, standing, [row.item_id]):
        raise LeaseLost("You may have seen what others said meanwhile; your answer is a draft.")


def _submit(
    actor: Actor, assignment: str, *, lease: str, key: str, submission: Submission
) -> Receipt:
    digest = sha256_json({"assignment": assignment, **submission.document()})
    row, standing = seat_of(actor, assignment, moves_on=True)
    project = standing.project
    past = services.past_of(row=row, person_id=actor.id, key=key)
    if past.submitted:
        known = services.submitted_before(actor.id, key)
        if known.body_digest != digest:
            raise IdempotencyMismatch("This Idempotency-Key came with another answer before.")
        return Receipt(known.annotation, known.assignment, created=False)
    _demand_blind(row, actor, standing)
    answers = read_answers(row, project, submission)
    services.finish_seat(row=row, person_id=actor.id, lease=lease)
    annotation = services.add_annotation(
        row=row,
        person_id=actor.id,
        past=past,
        new=NewAnnotation(
            key=key,
            body_digest=digest,
            answers=answers,
            comment=submission.comment,
            seconds=submission.seconds,
            flagged=submission.flagged,
            taxonomy_version=project.taxonomy_ref,
            guideline_version=project.guideline_version,
            reason=submission.reason,
            guideline=submission.guideline,
            contested=submission.contested,
        ),
    )
    services.note_session(
        project_id=project.id,
        person_id=actor.id,
        submitted=1,
        seconds=submission.seconds or 0.0,
    )
    advance(project, [row.item_id])
    transaction.on_commit(wake_workers)
    return Receipt(annotation.public_id, row.public_id, created=True)
