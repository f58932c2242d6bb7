"""What the labeling page and its API may call: the blind door.

It hands out frozen values that hold an item's text, the taxonomy and the person's own draft, and
takes answers. It imports nothing that knows the jury, other people's labels or decisions, but for
`advance`, which takes ids and tells nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction

from annotator.accounts.queries import Actor
from annotator.audit import services as audit
from annotator.catalog.queries import (
    LABELERS,
    LEADS,
    GuidelineView,
    ProjectView,
    guidelines,
    project_at_hand,
    project_for,
)
from annotator.core.digests import sha256_json
from annotator.core.errors import (
    IdempotencyMismatch,
    Invalid,
    LeaseLost,
    NotFound,
)
from annotator.flow.steps import advance
from annotator.flow.wake import wake_workers
from annotator.intake.derived import lock_items
from annotator.intake.texts import ItemView, TurnView, items_with_texts, units_of
from annotator.labeling import services
from annotator.labeling.allocation import claim_seat
from annotator.labeling.models import Assignment
from annotator.labeling.queries import NO_DRAFT, Seat, Tally, draft_of, held_seat, tally_of
from annotator.labeling.services import NewAnnotation
from jury.taxonomy import Taxonomy
from jury.verdict import Answer, QuestionSchema

__all__ = [
    "AskedTarget",
    "BlindItem",
    "Receipt",
    "Submission",
    "claim",
    "guide",
    "heartbeat",
    "held",
    "release",
    "save_draft",
    "skip",
    "submit",
    "tally",
    "undo",
]

MAX_KEY = 64
MAX_COMMENT = 10_000
LABEL = Assignment.Kind.LABEL.value
ADJUDICATE = Assignment.Kind.ADJUDICATE.value


@dataclass(frozen=True, slots=True)
class AskedTarget:
    """A target of the item in hand; one that is not asked is shown as context only."""

    key: str
    title: str
    badge: str
    asked: bool
    questions: tuple[QuestionSchema, ...]


@dataclass(frozen=True, slots=True)
class BlindItem:
    """An item as a labeler may see it."""

    assignment: str
    kind: str
    lease: str
    expires: datetime
    project: str
    public_id: str
    external_id: str
    language: str
    messages: tuple[TurnView, ...]
    targets: tuple[AskedTarget, ...]
    taxonomy: Taxonomy
    taxonomy_ref: str
    version: int
    draft: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Submission:
    """Answers as they come in: `verdicts` by target, `preferences` by question."""

    verdicts: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    preferences: Mapping[str, str] = field(default_factory=dict)
    comment: str = ""
    seconds: float | None = None
    flagged: bool = False
    reason: str = ""
    guideline: str = ""
    contested: bool = False

    def document(self) -> dict[str, object]:
        """Return the submission as canonical JSON values, for its digest and as a draft."""
        return {
            "verdicts": {key: dict(value) for key, value in self.verdicts.items()},
            "preferences": dict(self.preferences),
            "comment": self.comment,
            "seconds": self.seconds,
            "flagged": self.flagged,
            "reason": self.reason,
            "guideline": self.guideline,
            "contested": self.contested,
        }


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a submit answers; `created` is False for a repeated key."""

    annotation: str
    assignment: str
    created: bool


def _roles(kind: str) -> frozenset[str]:
    if kind not in {LABEL, ADJUDICATE}:
        message = f"Unknown kind {kind!r}; one of label, adjudicate."
        raise Invalid(message, fields={"kind": message})
    return LABELERS if kind == LABEL else LEADS


def claim(actor: Actor, slug: str, kind: str = LABEL) -> BlindItem | None:
    """Lease an item to a person: the one they hold already, else the next; None if none is left.

    Raises NotFound, NotAllowed.
    """
    project = project_for(actor, slug, _roles(kind))
    seat = claim_seat(
        project_id=project.id,
        person_id=actor.id,
        kind=kind,
        lease_seconds=project.lease_seconds,
    )
    return _blind(seat, project, actor) if seat else None


def held(actor: Actor, slug: str, kind: str = LABEL) -> BlindItem | None:
    """Return the item a person holds already, without claiming one."""
    project = project_for(actor, slug, _roles(kind))
    seat = held_seat(project.id, actor.id, kind)
    return _blind(seat, project, actor) if seat else None


def guide(actor: Actor, slug: str) -> GuidelineView | None:
    """Return the project's guideline for the pane beside the item."""
    return guidelines(project_for(actor, slug, LABELERS).id)


def tally(actor: Actor, slug: str) -> Tally:
    """Return the person's own counts in a project."""
    return tally_of(project_for(actor, slug, LABELERS).id, actor.id)


def _blind(seat: Seat, project: ProjectView, actor: Actor) -> BlindItem:
    item = items_with_texts([seat.item_id])[seat.item_id]
    draft = NO_DRAFT if seat.new else draft_of(seat.id, actor.id)
    if seat.lease_until is None:
        raise LeaseLost("The lease ran out.")
    return BlindItem(
        assignment=seat.public_id,
        kind=seat.kind,
        lease=seat.lease,
        expires=seat.lease_until,
        project=project.slug,
        public_id=item.public_id,
        external_id=item.external_id,
        language=item.language,
        messages=item.turns,
        targets=_asked(seat, project, item),
        taxonomy=project.taxonomy,
        taxonomy_ref=project.taxonomy_ref,
        version=draft.version,
        draft=draft.body,
    )


def _asked(seat: Seat, project: ProjectView, item: ItemView) -> tuple[AskedTarget, ...]:
    found = []
    for unit in item.units:
        target = project.target(unit.target)
        keys = seat.asks.get(unit.target, [])
        if not target.people and not keys:  # derived, unless a lead is asked about it
            continue
        number = unit.target.partition(":")[2]
        found.append(
            AskedTarget(
                key=unit.target,
                title=f"{target.title} {int(number) + 1}" if number else target.title,
                badge=(number and str(int(number) + 1)) or target.badge,
                asked=bool(keys),
                questions=tuple(
                    question
                    for question in project.questions_for(unit.target)
                    if question.key in keys
                ),
            )
        )
    return tuple(found)


def _seat_of(actor: Actor, assignment: str) -> tuple[Assignment, ProjectView]:
    """Return the actor's seat, locked, and its project; raises NotFound, also for ex-members."""
    row = services.own_seat(assignment, actor.id)
    project, role = project_at_hand(actor, row.project_id)
    if role not in _roles(row.kind):
        raise NotFound("There is no such assignment.")
    return row, project


@transaction.atomic
def heartbeat(actor: Actor, assignment: str, *, lease: str) -> datetime:
    """Prolong a lease; return when it ends now."""
    _, project = _seat_of(actor, assignment)
    return services.renew_lease(
        public_id=assignment, person_id=actor.id, lease=lease, seconds=project.lease_seconds
    )


@transaction.atomic
def save_draft(
    actor: Actor, assignment: str, *, lease: str, version: int, body: Mapping[str, object]
) -> int:
    """Store a draft; return its version. Raises VersionConflict, LeaseLost, NotFound."""
    _seat_of(actor, assignment)
    return services.save_draft(
        public_id=assignment, person_id=actor.id, lease=lease, version=version, body=body
    )


@transaction.atomic
def skip(actor: Actor, assignment: str, *, lease: str, reason: str, note: str = "") -> None:
    """Skip an item for a reason; somebody else is asked instead."""
    row, project = _seat_of(actor, assignment)
    lock_items([row.item_id])  # two people who skip it at once number their seats in turn
    item_id = services.skip_seat(
        public_id=assignment, person_id=actor.id, lease=lease, reason=reason, note=note
    )
    advance(project, [item_id])


@transaction.atomic
def release(actor: Actor, assignment: str, *, lease: str) -> None:
    """Give an item back to the pool, unless nobody is asked about it any more."""
    row, project = _seat_of(actor, assignment)
    services.give_back(public_id=assignment, person_id=actor.id, lease=lease)
    advance(project, [row.item_id])


def undo(actor: Actor, slug: str, kind: str = LABEL) -> BlindItem | None:
    """Withdraw the person's last submission; its seat returns to them. None: nothing to undo."""
    project = project_for(actor, slug, _roles(kind))
    with transaction.atomic():
        undone = services.withdraw_last(
            project_id=project.id,
            person_id=actor.id,
            kind=kind,
            lease_seconds=project.lease_seconds,
        )
        if undone is None:
            return None
        seat, annotation_id = undone
        body = services.answers_as_draft(annotation_id)
        services.put_draft(seat_id=seat.id, person_id=actor.id, body=body)
        advance(project, [seat.item_id], redecide=True)
        return _blind(seat, project, actor)


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
        with transaction.atomic(), audit.gathered():
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
    row, _ = _seat_of(actor, assignment)
    services.keep_lost_answer(seat_id=row.pk, person_id=actor.id, body=submission.document())


def _submit(
    actor: Actor, assignment: str, *, lease: str, key: str, submission: Submission
) -> Receipt:
    digest = sha256_json({"assignment": assignment, **submission.document()})
    row, project = _seat_of(actor, assignment)
    past = services.past_of(row=row, person_id=actor.id, key=key)
    if past.submitted:
        known = services.submitted_before(actor.id, key)
        if known.body_digest != digest:
            raise IdempotencyMismatch("This Idempotency-Key came with another answer before.")
        return Receipt(known.annotation, known.assignment, created=False)
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


def read_answers(
    row: Assignment, project: ProjectView, submission: Submission
) -> dict[tuple[int, str], Answer]:
    """Return the answers by (unit, question), checked against what the seat asks.

    Raises Invalid that names every field that is wrong.
    """
    if len(submission.comment) > MAX_COMMENT:
        message = f"A comment has at most {MAX_COMMENT} characters."
        raise Invalid(message, fields={"comment": message})
    units = {unit.target: unit.id for unit in units_of([row.item_id])[row.item_id]}
    unknown = sorted(set(submission.verdicts) - set(row.asks))
    problems = {target: f"{target!r} is not asked here." for target in unknown}
    answers: dict[tuple[int, str], Answer] = {}
    for target, questions in row.asks.items():
        given = _given(project, target, questions, submission)
        for question in project.questions_for(target):
            if question.key not in questions:
                continue
            answer = given.get(question.key)
            problems |= _problems(target, question, answer, project)
            if answer is not None:
                answers[units[target], question.key] = answer
    if problems:
        raise Invalid("The answer is not complete or not valid.", fields=problems)
    return answers


def _problems(
    target: str, question: QuestionSchema, answer: Answer | None, project: ProjectView
) -> dict[str, str]:
    if answer is None:
        return {f"{target}-{question.key}": f"{question.title}: an answer is missing."}
    return {
        f"{target}-{problem.field}": problem.message
        for problem in question.problems(answer, project.taxonomy)
    }


def _given(
    project: ProjectView, target: str, questions: Sequence[str], submission: Submission
) -> dict[str, Answer]:
    """Return the answers given for a target: preferences are asked of the pair."""
    verdict = submission.verdicts.get(target, {})
    found: dict[str, Answer] = {}
    known = {"categories", "severity", "other"}
    for question in project.questions_for(target):
        if question.key not in questions:
            continue
        known.add(question.key)
        value = verdict.get(question.key)
        if value is None and question.asked_of == "pair":
            value = submission.preferences.get(question.key)
        if value is None or value == "":
            continue
        if not isinstance(value, str):
            message = f"{question.key} must be text."
            raise Invalid(message, fields={f"{target}-{question.key}": message})
        with_categories = question.categories is not None
        found[question.key] = Answer(
            value=value,
            categories=_texts(target, verdict.get("categories")) if with_categories else (),
            severity=str(verdict.get("severity") or "") if with_categories else "",
            other=str(verdict.get("other") or "")[:200] if with_categories else "",
        )
    extra = sorted(set(verdict) - known)
    if extra:
        message = f"Unknown keys for {target}: {', '.join(extra)}."
        raise Invalid(message, fields={target: message})
    return found


def _texts(target: str, value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        message = "categories must be a list of category ids."
        raise Invalid(message, fields={f"{target}-categories": message})
    return tuple(value)
