"""Reads, in a fixed number of queries, all that a policy needs to know of some items."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from annotator.catalog.queries import ProjectView
from annotator.core import dbtime
from annotator.flow import fact_rows
from annotator.flow.fact_votes import NOTHING, Ballots, VoteFlags, Without
from annotator.flow.lines import Key
from annotator.intake.derived import ItemStanding, standings
from annotator.labeling.models import Assignment
from annotator.panel.models import Inquiry
from annotator.quality.patterns import PatternChange
from jury.policy.base import Policy
from jury.policy.facts import ItemFacts, UnitFacts
from jury.policy.registry import load_policy
from jury.verdict import RESPONSE_TARGETS, QuestionSchema

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


@dataclass(frozen=True, slots=True)
class UnitStanding:
    """A unit, and the state that is stored."""

    id: int
    target: str
    state: str


@dataclass(slots=True)
class ItemReading:
    """One item's facts, and what is stored about it now."""

    facts: ItemFacts
    batch: int
    state: str
    units: tuple[UnitStanding, ...]
    seats: tuple[SeatFact, ...]
    decisions: Mapping[Key, tuple[str, str]]
    """(outcome, evidence digest) of the decisions in force."""
    jury_until: datetime | None
    """Until when the jury is waited for; None where it is not."""


@dataclass(slots=True)
class Reading:
    """All facts of a set of items, and the policy version in force when they were read."""

    items: list[ItemReading]
    flags: VoteFlags
    policy_version: int
    changes: tuple[PatternChange, ...]
    """What these flags, once written, change in the units' patterns."""


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

    units: dict[int, list[UnitStanding]]
    seats: dict[int, list[SeatFact]]
    ballots: Ballots
    ended: dict[int, int]
    waiting_since: dict[int, datetime]
    decisions: dict[Key, tuple[str, str]]


def read(
    project: ProjectView,
    item_ids: Sequence[int],
    policy: Policy | None = None,
    *,
    lock: bool = False,
    without: Without = NOTHING,
) -> Reading:
    """Return the facts of these items, in their order of id.

    `lock` locks the items first; `without` are answers read as if they were set aside.
    """
    rule = policy or policy_of(project)
    found = standings(item_ids, lock=lock)
    raw = _Raw(
        units=_units(item_ids),
        seats=_seats(item_ids),
        ballots=Ballots(without),
        ended={},
        waiting_since={},
        decisions=_decisions(item_ids),
    )
    targets = {unit.id: unit.target for units in raw.units.values() for unit in units}
    raw.ballots.read_people(item_ids, rule, targets)
    if _inquiries(item_ids, raw):
        raw.ballots.read_jurors(item_ids)
    policy_version, expected, seated_at = _in_force(project.id)
    patience = timedelta(seconds=project.jury_patience_seconds)
    waiting = {item.id: _waiting_since(item.id, raw, expected, seated_at) for item in found}
    late = dbtime.now() - patience if any(waiting.values()) else None
    items = []
    for item in found:
        since = waiting[item.id]
        context = _ItemContext(
            project=project,
            policy=rule,
            expected=expected,
            done=raw.ended.get(item.id, 0),
            timed_out=since is not None and late is not None and since < late,
            until=since + patience if since is not None else None,
        )
        items.append(_item(item, raw, context))
    changes = tuple(raw.ballots.changes(targets))
    return Reading(
        items=items, flags=raw.ballots.flags, policy_version=policy_version, changes=changes
    )


@dataclass(frozen=True, slots=True)
class _ItemContext:
    project: ProjectView
    policy: Policy
    expected: int
    done: int
    timed_out: bool
    until: datetime | None


def _item(item: ItemStanding, raw: _Raw, context: _ItemContext) -> ItemReading:
    units = tuple(raw.units.get(item.id, ()))
    seats = tuple(raw.seats.get(item.id, ()))
    facts: list[UnitFacts] = []
    for unit in units:
        facts.extend(
            _unit(unit, question, seats, raw, context)
            for question in context.project.questions_for(unit.target)
        )
    keys = {(unit.unit, unit.question) for unit in facts}
    return ItemReading(
        facts=ItemFacts(
            item=item.id,
            has_response=any(unit.target in RESPONSE_TARGETS for unit in units),
            units=tuple(facts),
            refusal_augmented=item.augmented,
        ),
        batch=item.batch,
        state=item.state,
        units=units,
        seats=seats,
        decisions={key: raw.decisions[key] for key in keys if key in raw.decisions},
        jury_until=context.until,
    )


def _unit(
    unit: UnitStanding,
    question: QuestionSchema,
    seats: Sequence[SeatFact],
    raw: _Raw,
    context: _ItemContext,
) -> UnitFacts:
    key = (unit.id, question.key)
    target = context.project.target(unit.target)
    votes = tuple(raw.ballots.votes.get(key, ()))
    people = sum(1 for vote in votes if vote.kind == "human")
    adjudicated = raw.ballots.adjudicated.get(key)
    return UnitFacts(
        unit=unit.id,
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


def _units(item_ids: Sequence[int]) -> dict[int, list[UnitStanding]]:
    found: dict[int, list[UnitStanding]] = defaultdict(list)
    for item_id, *standing in fact_rows.units(items=item_ids):
        found[item_id].append(UnitStanding(*standing))
    return found


def _seats(item_ids: Sequence[int]) -> dict[int, list[SeatFact]]:
    found: dict[int, list[SeatFact]] = defaultdict(list)
    for item_id, *fact in fact_rows.seats(items=item_ids):
        found[item_id].append(SeatFact(*fact))
    return found


def _decisions(item_ids: Sequence[int]) -> dict[Key, tuple[str, str]]:
    return {
        (unit, question): (outcome, digest)
        for unit, question, outcome, digest in fact_rows.decisions(items=item_ids)
    }


def _in_force(project_id: int) -> tuple[int, int, datetime | None]:
    """Return the policy version in force, and how many active jurors sit since when."""
    ((policy_version, jurors, seated_at),) = fact_rows.in_force(project=project_id)
    return policy_version, jurors or 0, seated_at


def _waiting_since(
    item_id: int, raw: _Raw, expected: int, seated_at: datetime | None
) -> datetime | None:
    """Return since when the jury is waited for; None if nothing is to come.

    A juror who was seated after the import and never asked has been waited for since then.
    """
    since = raw.waiting_since.get(item_id)
    if since is None and raw.ended.get(item_id, 0) < expected:
        return seated_at
    return since


def _inquiries(item_ids: Sequence[int], raw: _Raw) -> bool:
    """Read how far the panel is; return whether jurors were asked about these items at all."""
    asked = False
    for row in fact_rows.inquiries(items=item_ids):
        item_id, state, created_at, purpose, current, active = row
        asked = True
        if purpose != Inquiry.Purpose.PANEL or not (current and active):
            continue
        if state in Inquiry.ENDED:
            raw.ended[item_id] = raw.ended.get(item_id, 0) + 1
        else:
            first = raw.waiting_since.get(item_id, created_at)
            raw.waiting_since[item_id] = min(first, created_at)
    return asked
