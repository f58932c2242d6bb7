"""Reads, in a fixed number of queries, all that a policy needs to know of some items."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from annotator.catalog.queries import ProjectView
from annotator.core import dbtime
from annotator.intake.models import Item, Unit
from annotator.labeling.models import Annotation, Assignment
from annotator.labeling.models import Vote as HumanVote
from annotator.panel.models import Inquiry, Panel
from annotator.panel.models import Vote as JurorVote
from annotator.quality.models import Decision, Ruling
from jury.policy.base import Policy
from jury.policy.facts import ItemFacts, UnitFacts, Vote
from jury.policy.registry import load_policy
from jury.verdict import RESPONSE_TARGETS, Answer, QuestionSchema

Key = tuple[int, str]
"""A unit's id and a question's key."""

PENDING = (Assignment.State.OPEN, Assignment.State.LEASED)


@dataclass(frozen=True, slots=True)
class SeatFact:
    """A seat, as far as the order of things needs it."""

    id: int
    number: int
    kind: str
    reason: str
    state: str
    round: int
    asks: Mapping[str, Sequence[str]]

    def asks_of(self, target: str, question: str) -> bool:
        """Whether the seat asks this question about this target."""
        return question in self.asks.get(target, ())


@dataclass(slots=True)
class ItemReading:
    """One item's facts, and what is stored about it now."""

    facts: ItemFacts
    state: str
    seats: tuple[SeatFact, ...]
    decisions: Mapping[Key, tuple[str, str]]
    """(outcome, evidence digest) of the decisions in force."""
    rulings: frozenset[Key]


@dataclass(slots=True)
class VoteFlags:
    """Votes whose stored `counts` is not what the evidence says."""

    people_on: list[int] = field(default_factory=list)
    people_off: list[int] = field(default_factory=list)
    jury_on: list[int] = field(default_factory=list)
    jury_off: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Reading:
    """All facts of a set of items."""

    items: list[ItemReading]
    flags: VoteFlags


def policy_of(project: ProjectView) -> Policy:
    """Return the project's policy as the pure rule it is."""
    return load_policy(
        project.policy.name,
        project.policy.options,
        taxonomy=project.taxonomy,
        overlap=project.overlap,
    )


@dataclass(slots=True)
class _Raw:
    """Rows as they came from the database, by item."""

    units: dict[int, list[Unit]]
    seats: dict[int, list[SeatFact]]
    votes: dict[Key, list[Vote]]
    adjudicated: dict[Key, tuple[Answer, bool]]
    ended: dict[int, int]
    waiting_since: dict[int, datetime]
    decisions: dict[Key, tuple[str, str]]
    rulings: set[Key]
    flags: VoteFlags


def read(project: ProjectView, item_ids: Sequence[int], policy: Policy | None = None) -> Reading:
    """Return the facts of these items, in their order of id."""
    rule = policy or policy_of(project)
    states = dict(Item.objects.filter(pk__in=item_ids).order_by("pk").values_list("pk", "state"))
    augmented = set(
        Item.objects.filter(pk__in=item_ids, metadata__refusal_augmented=True).values_list(
            "pk", flat=True
        )
    )
    raw = _Raw(
        units=_units(item_ids),
        seats=_seats(item_ids),
        votes=defaultdict(list),
        adjudicated={},
        ended={},
        waiting_since={},
        decisions=_decisions(item_ids),
        rulings=set(
            Ruling.objects.filter(unit__item__in=item_ids, current=True).values_list(
                "unit_id", "question"
            )
        ),
        flags=VoteFlags(),
    )
    _human_votes(item_ids, raw)
    _juror_votes(item_ids, raw)
    expected = _panel_seats(project.id)
    _inquiries(item_ids, raw)
    patience = timedelta(seconds=project.jury_patience_seconds)
    now = dbtime.now()
    items = []
    for item_id, state in states.items():
        since = raw.waiting_since.get(item_id)
        context = _ItemContext(
            project=project,
            policy=rule,
            expected=expected,
            done=raw.ended.get(item_id, 0),
            timed_out=since is not None and now - since > patience,
        )
        items.append(_item(item_id, state, raw, context, augmented=item_id in augmented))
    return Reading(items=items, flags=raw.flags)


@dataclass(frozen=True, slots=True)
class _ItemContext:
    project: ProjectView
    policy: Policy
    expected: int
    done: int
    timed_out: bool


def _item(
    item_id: int, state: str, raw: _Raw, context: _ItemContext, *, augmented: bool
) -> ItemReading:
    units = raw.units.get(item_id, [])
    seats = tuple(raw.seats.get(item_id, ()))
    facts: list[UnitFacts] = []
    for unit in units:
        facts.extend(
            _unit(unit, question, seats, raw, context)
            for question in context.project.questions_for(unit.target)
        )
    keys = {(unit.unit, unit.question) for unit in facts}
    return ItemReading(
        facts=ItemFacts(
            item=item_id,
            has_response=any(unit.target in RESPONSE_TARGETS for unit in units),
            units=tuple(facts),
            refusal_augmented=augmented,
        ),
        state=state,
        seats=seats,
        decisions={key: raw.decisions[key] for key in keys if key in raw.decisions},
        rulings=frozenset(keys & raw.rulings),
    )


def _unit(
    unit: Unit,
    question: QuestionSchema,
    seats: Sequence[SeatFact],
    raw: _Raw,
    context: _ItemContext,
) -> UnitFacts:
    key = (unit.pk, question.key)
    target = context.project.target(unit.target)
    votes = tuple(raw.votes.get(key, ()))
    people = sum(1 for vote in votes if vote.kind == "human")
    adjudicated = raw.adjudicated.get(key)
    return UnitFacts(
        unit=unit.pk,
        target=unit.target,
        question=question.key,
        schema=question,
        votes=votes,
        asked_of_people=target.people and context.policy.asks_people(unit.target, question.key),
        jurors_expected=context.expected if target.jury else 0,
        jurors_done=context.done if target.jury else 0,
        jury_timed_out=context.timed_out,
        seats_pending=pending_seats(seats, unit.target, question.key, people, context.project),
        adjudicated=adjudicated[0] if adjudicated else None,
        adjudicated_contested=adjudicated[1] if adjudicated else False,
    )


def pending_seats(
    seats: Iterable[SeatFact], target: str, question: str, people: int, project: ProjectView
) -> int:
    """Return how many answers are still to come from seats that ask this.

    First-pass seats beyond the overlap (votes came by import meanwhile) are not waited for.
    """
    asking = [
        seat
        for seat in seats
        if seat.kind == Assignment.Kind.LABEL
        and seat.state in PENDING
        and seat.asks_of(target, question)
    ]
    leased = sum(1 for seat in asking if seat.state == Assignment.State.LEASED)
    later = sum(1 for seat in asking if seat.state == Assignment.State.OPEN and seat.round > 1)
    first = sum(1 for seat in asking if seat.state == Assignment.State.OPEN and seat.round == 1)
    room = max(0, project.overlap - people - leased)
    return leased + later + min(first, room)


def _units(item_ids: Sequence[int]) -> dict[int, list[Unit]]:
    found: dict[int, list[Unit]] = defaultdict(list)
    for unit in Unit.objects.filter(item__in=item_ids).order_by("item_id", "position", "pk"):
        found[unit.item_id].append(unit)
    return found


def _seats(item_ids: Sequence[int]) -> dict[int, list[SeatFact]]:
    found: dict[int, list[SeatFact]] = defaultdict(list)
    rows = Assignment.objects.filter(item__in=item_ids).order_by("item_id", "number")
    for row in rows:
        found[row.item_id].append(
            SeatFact(row.pk, row.number, row.kind, row.reason, row.state, row.round, row.asks)
        )
    return found


def _decisions(item_ids: Sequence[int]) -> dict[Key, tuple[str, str]]:
    rows = Decision.objects.filter(unit__item__in=item_ids, current=True)
    return {
        (unit, question): (outcome, digest)
        for unit, question, outcome, digest in rows.values_list(
            "unit_id", "question", "outcome", "evidence_digest"
        )
    }


def human_vote_counts(annotation: Annotation, seat: Assignment) -> bool:
    """Whether a vote counts: latest revision, blind, not withdrawn, on a seat that counts."""
    return (
        annotation.latest
        and annotation.withdrawn_at is None
        and annotation.phase == Annotation.Phase.BLIND
        and seat.state == Assignment.State.DONE
        and seat.reason in Assignment.COUNTING
    )


def _answer(row: HumanVote | JurorVote) -> Answer:
    return Answer(row.value, tuple(row.categories), row.severity, row.other)


def _human_votes(item_ids: Sequence[int], raw: _Raw) -> None:
    rows = (
        HumanVote.objects.filter(annotation__item__in=item_ids)
        .select_related("annotation__assignment")
        .order_by("pk")
    )
    for row in rows:
        annotation, seat = row.annotation, row.annotation.assignment
        key = (row.unit_id, row.question)
        counts = human_vote_counts(annotation, seat)
        if counts != row.counts:
            (raw.flags.people_on if counts else raw.flags.people_off).append(row.pk)
        if counts:
            raw.votes[key].append(
                Vote(str(annotation.person_id), "human", _answer(row), seat.round)
            )
        elif (
            seat.reason == Assignment.Reason.ADJUDICATION
            and annotation.latest
            and annotation.withdrawn_at is None
        ):
            raw.adjudicated[key] = (_answer(row), annotation.contested)


def _juror_votes(item_ids: Sequence[int], raw: _Raw) -> None:
    rows = (
        JurorVote.objects.filter(opinion__inquiry__item__in=item_ids)
        .select_related("opinion__inquiry__juror_version__juror")
        .order_by("pk")
    )
    for row in rows:
        inquiry = row.opinion.inquiry
        version = inquiry.juror_version
        counts = inquiry.purpose == Inquiry.Purpose.PANEL and version.current
        if counts != row.counts:
            (raw.flags.jury_on if counts else raw.flags.jury_off).append(row.pk)
        if counts:
            raw.votes[(row.unit_id, row.question)].append(
                Vote(version.juror.name, "juror", _answer(row))
            )


def _panel_seats(project_id: int) -> int:
    panel = Panel.objects.filter(project=project_id, current=True).first()
    return panel.seats.filter(juror__active=True).count() if panel else 0


def _inquiries(item_ids: Sequence[int], raw: _Raw) -> None:
    rows = Inquiry.objects.filter(
        item__in=item_ids,
        purpose=Inquiry.Purpose.PANEL,
        juror_version__current=True,
        juror_version__juror__active=True,
    ).values_list("item_id", "state", "created_at")
    for item_id, state, created_at in rows:
        if state in Inquiry.ENDED:
            raw.ended[item_id] = raw.ended.get(item_id, 0) + 1
        else:
            first = raw.waiting_since.get(item_id, created_at)
            raw.waiting_since[item_id] = min(first, created_at)
