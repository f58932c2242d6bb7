"""Seats for other people where a person's answers were set aside, so that the overlap is reached.

As after a skip: a first-pass seat takes the place of a first-pass seat. Later answers are not
replaced: whether one more is asked for is the policy's to say.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from annotator.catalog.queries import ProjectView
from annotator.flow.facts import PENDING, ItemReading, SeatFact, pending_seats
from annotator.flow.lines import Key
from annotator.labeling.models import Assignment
from annotator.labeling.services import NewSeat
from jury.policy.base import Policy
from jury.policy.facts import ItemFacts, UnitFacts

FIRST_ROUND = 1
OVER = frozenset({"settled", "adjudicate"})
"""Outcomes for which a first vote more is not waited for."""


def concerned(
    policy: Policy, items: Collection[ItemReading], keys: Collection[Key], *, of_person: bool
) -> frozenset[Key]:
    """Return what is decided again: where answers went or came back, and what derives from them.

    Nothing where they are jurors' and the policy does not read those.
    """
    if not of_person and not policy.reads_jury:
        return frozenset()
    found = set(keys)
    for item in items:
        found |= {(u.unit, u.question) for u in item.facts.units if not u.asked_of_people}
    return frozenset(found)


def afresh(project: ProjectView, item: ItemReading, keys: Collection[Key]) -> ItemFacts:
    """Return an item's facts without the later seats that are out on these units' questions.

    Each was asked for by an earlier decision. Where it is needed all the same it stays and serves.
    """
    first = [seat for seat in item.seats if seat.round == FIRST_ROUND]
    units = (
        _pending(project, first, unit) if (unit.unit, unit.question) in keys else unit
        for unit in item.facts.units
    )
    return replace(item.facts, units=tuple(units))


def _pending(project: ProjectView, seats: Sequence[SeatFact], unit: UnitFacts) -> UnitFacts:
    people = len(unit.answers("human"))
    out = pending_seats(seats, unit.target, unit.question, people, project)
    return replace(unit, seats_pending=out)


def with_seat_again(
    project: ProjectView,
    policy: Policy,
    item: ItemReading,
    keys: Collection[Key],
    run: int | None = None,
) -> tuple[ItemReading, NewSeat | None]:
    """Return an item with one first-pass seat more, and that seat of a run; as it is without need.

    It asks those of `keys` that have fewer first votes and first-pass seats than the overlap, but
    for what the policy settles, or gives to a lead, all the same.
    """
    short = [unit for unit in item.facts.units if _is_short(project, item, unit, keys)]
    if not short:
        return item, None
    over = {
        (found.unit, found.question)
        for found in policy.decide(afresh(project, _seated(project, item, short), keys))
        if found.outcome in OVER
    }
    needed = [unit for unit in short if (unit.unit, unit.question) not in over]
    if not needed:
        return item, None
    wider = _seated(project, item, needed)
    return wider, _new_seat(project, wider, run)


def _is_short(
    project: ProjectView, item: ItemReading, unit: UnitFacts, keys: Collection[Key]
) -> bool:
    asked = unit.asked_of_people and unit.adjudicated is None
    if not asked or (unit.unit, unit.question) not in keys:
        return False
    given = sum(1 for vote in unit.votes if vote.kind == "human" and vote.round == FIRST_ROUND)
    out = sum(
        1
        for seat in item.seats
        if seat.kind == Assignment.Kind.LABEL
        and seat.state in PENDING
        and seat.round == FIRST_ROUND
        and seat.asks_of(unit.target, unit.question)
    )
    return given + out < project.overlap


def _seated(project: ProjectView, item: ItemReading, units: list[UnitFacts]) -> ItemReading:
    """Return an item as it is with an open first-pass seat that asks these."""
    asks: dict[str, list[str]] = {}
    for unit in units:
        asks.setdefault(unit.target, []).append(unit.question)
    seat = SeatFact(
        id=0,
        number=max((seat.number for seat in item.seats), default=0) + 1,
        kind=Assignment.Kind.LABEL,
        reason=Assignment.Reason.FIRST_PASS,
        state=Assignment.State.OPEN,
        round=FIRST_ROUND,
        asks=asks,
    )
    seats = (*item.seats, seat)
    facts = tuple(_pending(project, seats, unit) for unit in item.facts.units)
    return replace(item, seats=seats, facts=replace(item.facts, units=facts))


def _new_seat(project: ProjectView, item: ItemReading, run: int | None) -> NewSeat:
    seat = item.seats[-1]
    return NewSeat(
        project_id=project.id,
        item_id=item.facts.item,
        number=seat.number,
        reason=seat.reason,
        round=seat.round,
        asks=seat.asks,
        seed=project.seed,
        run=run,
    )
