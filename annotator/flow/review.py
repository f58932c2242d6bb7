"""An item with everything known about it: for adjudicators, managers and auditors only.

`RevealedItem` is made here and nowhere else. Nothing that a labeler's page may import leads here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from annotator.accounts.queries import Actor
from annotator.catalog.queries import LEADS, READERS, ProjectView, members, project_for
from annotator.core import dbtime
from annotator.core.digests import ring_position
from annotator.core.errors import NotAllowed, NotFound
from annotator.flow.labeling import ADJUDICATE, Receipt, Submission, submit
from annotator.intake.models import Item
from annotator.intake.texts import ItemView, TurnView, items_with_texts
from annotator.labeling.models import Annotation, Assignment
from annotator.labeling.models import Vote as HumanVote
from annotator.labeling.queries import Seat, draft_of, held_seat
from annotator.panel.models import Inquiry, Opinion
from annotator.panel.models import Vote as JurorVote
from annotator.quality.models import Decision, Ruling
from jury.verdict import Answer, QuestionSchema

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

Key = tuple[str, str]
"""A target and a question."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One person or one juror on an item, and all they answered."""

    key: str
    name: str
    kind: str
    answers: Mapping[Key, Answer]
    notes: tuple[tuple[str, str], ...]
    """(target, text): a comment has no target, a juror's reasons have one."""
    counts: bool
    reason: str = ""
    at: datetime | None = None
    abstained: Mapping[str, str] | None = None
    flagged: bool = False


@dataclass(frozen=True, slots=True)
class RulingView:
    """A unit's final answer, with its source."""

    answer: Answer
    source: str
    rule: str
    contested: bool
    counts: tuple[tuple[str, int, int], ...]
    """(category, votes for it, of)."""


@dataclass(frozen=True, slots=True)
class RevealedQuestion:
    """A question on a unit: the decision in words and the ruling, if there are any."""

    schema: QuestionSchema
    outcome: str
    words: str
    policy_version: int | None
    decided_at: datetime | None
    ruling: RulingView | None


@dataclass(frozen=True, slots=True)
class RevealedUnit:
    """A judged part of an item."""

    target: str
    title: str
    badge: str
    asked: tuple[str, ...]
    """The questions that the adjudicator's seat asks; empty on the item page."""
    questions: tuple[RevealedQuestion, ...]


@dataclass(frozen=True, slots=True)
class HeldSeat:
    """The adjudicator's own seat."""

    assignment: str
    lease: str
    expires: datetime | None
    version: int
    draft: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class RevealedItem:
    """An item, what people and jurors said of it, and what became of that."""

    public_id: str
    external_id: str
    language: str
    state: str
    source: str
    batch: int
    line: int
    imported_at: datetime
    messages: tuple[TurnView, ...]
    units: tuple[RevealedUnit, ...]
    people: tuple[Voice, ...]
    jurors: tuple[Voice, ...]
    seat: HeldSeat | None = None
    previous: str = ""
    following: str = ""


def dispute(actor: Actor, slug: str) -> RevealedItem | None:
    """Return the item an adjudicator holds, people as letters, jurors as numbers; None if none.

    Letters and numbers are dealt anew for each item, so that nobody is recognised by theirs.
    Raises NotFound, NotAllowed.
    """
    project = project_for(actor, slug, LEADS)
    seat = held_seat(project.id, actor.id, ADJUDICATE)
    if seat is None:
        return None
    return _reveal(project, seat.item_id, actor=actor, seat=seat)


def item_page(actor: Actor, slug: str, public_id: str) -> RevealedItem:
    """Return an item with everything, names included.

    Raises NotFound, and NotAllowed also for who has this very item to label: it would no longer
    be judged blind.
    """
    project = project_for(actor, slug, READERS)
    item = Item.objects.filter(project=project.id, public_id=public_id).first()
    if item is None:
        raise NotFound("There is no such item.")
    own = Assignment.objects.filter(
        item=item.pk,
        person=actor.id,
        kind=Assignment.Kind.LABEL,
        state=Assignment.State.LEASED,
        lease_until__gt=dbtime.now(),
    )
    if own.exists():
        raise NotAllowed("You have this item to label. Submit it or give it back first.")
    return _reveal(project, item.pk, actor=actor)


def decide(
    actor: Actor, assignment: str, *, lease: str, key: str, submission: Submission
) -> Receipt:
    """Record an adjudicator's final answer; like `flow.labeling.submit`, raises the same."""
    return submit(actor, assignment, lease=lease, key=key, submission=submission)


def _reveal(
    project: ProjectView, item_id: int, *, actor: Actor, seat: Seat | None = None
) -> RevealedItem:
    row = Item.objects.select_related("batch").get(pk=item_id)
    item = items_with_texts([item_id])[item_id]
    targets = {unit.id: unit.target for unit in item.units}
    people = _people(project, row, targets)
    jurors = _jurors(row, targets)
    if seat is not None:
        people = _dealt([voice for voice in people if voice.counts], row.public_id, LETTERS)
        numbers = [str(n) for n in range(1, len(jurors) + 1)]
        jurors = _dealt([voice for voice in jurors if voice.counts], row.public_id, numbers)
    beside = Item.objects.filter(project=project.id)
    before = beside.filter(pk__lt=item_id).order_by("-pk")
    after = beside.filter(pk__gt=item_id).order_by("pk")
    return RevealedItem(
        public_id=row.public_id,
        external_id=row.external_id,
        language=row.language,
        state=row.state,
        source=row.source,
        batch=row.batch.number,
        line=row.line,
        imported_at=row.batch.created_at,
        messages=item.turns,
        units=_units(project, item, seat),
        people=people,
        jurors=jurors,
        seat=_held(seat, actor) if seat else None,
        previous=before.values_list("public_id", flat=True).first() or "",
        following=after.values_list("public_id", flat=True).first() or "",
    )


def _held(seat: Seat, actor: Actor) -> HeldSeat:
    draft = draft_of(seat.id, actor.id)
    return HeldSeat(seat.public_id, seat.lease, seat.lease_until, draft.version, draft.body)


def _dealt(voices: Sequence[Voice], item: str, keys: Sequence[str]) -> tuple[Voice, ...]:
    """Return the voices under letters or numbers, without names, times or confidences."""
    shuffled = sorted(voices, key=lambda voice: ring_position("deal", item, voice.key))
    return tuple(
        Voice(
            key=key,
            name=key,
            kind=voice.kind,
            answers=voice.answers,
            notes=voice.notes,
            counts=True,
            abstained=voice.abstained,
        )
        for key, voice in zip(keys, shuffled, strict=False)
    )


def _people(project: ProjectView, row: Item, targets: Mapping[int, str]) -> tuple[Voice, ...]:
    names = {member.person_id: member.name for member in members(project.id)}
    answers: dict[int, dict[Key, Answer]] = {}
    counting = set()
    for vote in HumanVote.objects.filter(annotation__item=row.pk).order_by("pk"):
        key = (targets[vote.unit_id], vote.question)
        answers.setdefault(vote.annotation_id, {})[key] = _answer(vote)
        if vote.counts:
            counting.add(vote.annotation_id)
    rows = (
        Annotation.objects.filter(item=row.pk, latest=True, withdrawn_at__isnull=True)
        .select_related("assignment")
        .order_by("pk")
    )
    return tuple(
        Voice(
            key=str(annotation.person_id),
            name=names.get(annotation.person_id, "?"),
            kind="human",
            answers=answers.get(annotation.pk, {}),
            notes=(("", annotation.comment),) if annotation.comment else (),
            counts=annotation.pk in counting,
            reason=annotation.assignment.reason,
            at=annotation.evidence_at or annotation.created_at,
            flagged=annotation.flagged,
        )
        for annotation in rows
    )


def _jurors(row: Item, targets: Mapping[int, str]) -> tuple[Voice, ...]:
    rows = (
        Inquiry.objects.filter(item=row.pk, purpose=Inquiry.Purpose.PANEL, state__in=Inquiry.ENDED)
        .select_related("juror_version__juror")
        .order_by("juror_version__juror__name", "pk")
    )
    inquiries = list(rows)
    opinions = _opinions([inquiry.pk for inquiry in inquiries])
    answers = _juror_answers([inquiry.pk for inquiry in inquiries], targets)
    return tuple(
        _juror_voice(inquiry, opinions.get(inquiry.pk, []), answers.get(inquiry.pk, {}), targets)
        for inquiry in inquiries
    )


def _juror_voice(
    inquiry: Inquiry,
    opinions: Sequence[Opinion],
    answers: Mapping[Key, Answer],
    targets: Mapping[int, str],
) -> Voice:
    version = inquiry.juror_version
    failed = inquiry.state == Inquiry.State.FAILED
    silent = {targets[o.unit_id]: o.reason for o in opinions if o.state == Opinion.State.ABSTAINED}
    given = [o for o in opinions if o.rationale and o.state == Opinion.State.GIVEN]
    return Voice(
        key=str(version.pk),
        name=version.juror.name,
        kind="juror",
        answers=answers,
        notes=tuple((targets[o.unit_id], o.rationale) for o in given),
        counts=version.current,
        at=inquiry.ended_at,
        abstained={"": inquiry.reason or "failed"} if failed else silent,
    )


def _opinions(inquiry_ids: Collection[int]) -> dict[int, list[Opinion]]:
    found: dict[int, list[Opinion]] = {}
    for opinion in Opinion.objects.filter(inquiry__in=inquiry_ids).order_by("pk"):
        found.setdefault(opinion.inquiry_id, []).append(opinion)
    return found


def _juror_answers(
    inquiry_ids: Collection[int], targets: Mapping[int, str]
) -> dict[int, dict[Key, Answer]]:
    found: dict[int, dict[Key, Answer]] = {}
    votes = JurorVote.objects.filter(opinion__inquiry__in=inquiry_ids).select_related("opinion")
    for vote in votes.order_by("pk"):
        answers = found.setdefault(vote.opinion.inquiry_id, {})
        answers[targets[vote.unit_id], vote.question] = _answer(vote)
    return found


def _answer(row: HumanVote | JurorVote) -> Answer:
    return Answer(row.value, tuple(row.categories), row.severity, row.other)


def _units(project: ProjectView, item: ItemView, seat: Seat | None) -> tuple[RevealedUnit, ...]:
    ids = [unit.id for unit in item.units]
    decisions = {
        (row.unit_id, row.question): row
        for row in Decision.objects.filter(unit__in=ids, current=True).select_related(
            "policy_version"
        )
    }
    rulings = {
        (row.unit_id, row.question): row
        for row in Ruling.objects.filter(unit__in=ids, current=True)
    }
    found = []
    for unit in item.units:
        target = project.target(unit.target)
        number = unit.target.partition(":")[2]
        found.append(
            RevealedUnit(
                target=unit.target,
                title=f"{target.title} {int(number) + 1}" if number else target.title,
                badge=str(int(number) + 1) if number else target.badge,
                asked=tuple(seat.asks.get(unit.target, ())) if seat else (),
                questions=tuple(
                    _question(
                        schema,
                        decisions.get((unit.id, schema.key)),
                        rulings.get((unit.id, schema.key)),
                    )
                    for schema in project.questions_for(unit.target)
                ),
            )
        )
    return tuple(found)


def _question(
    schema: QuestionSchema, decision: Decision | None, ruling: Ruling | None
) -> RevealedQuestion:
    return RevealedQuestion(
        schema=schema,
        outcome=decision.outcome if decision else "",
        words=decision.words if decision else "",
        policy_version=decision.policy_version.version if decision else None,
        decided_at=decision.created_at if decision else None,
        ruling=_ruling(ruling) if ruling else None,
    )


def _ruling(row: Ruling) -> RulingView:
    return RulingView(
        answer=Answer(row.value, tuple(row.categories), row.severity),
        source=row.source,
        rule=row.rule,
        contested=row.contested,
        counts=tuple(
            (str(each["category"]), int(each["votes_for"]), int(each["of"]))
            for each in row.category_counts
        ),
    )
