"""What an advance will write for a batch of items: gathered item by item, written once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from annotator.audit import services as audit
from annotator.catalog.queries import ProjectView
from annotator.flow.facts import PENDING, ItemReading, SeatFact
from annotator.flow.lines import Key
from annotator.flow.occasion import Occasion
from annotator.flow.standing import FINISH, item_part, unit_state
from annotator.flow.tally import Tally
from annotator.intake import derived, state_counts
from annotator.intake.models import Item
from annotator.intake.state_counts import ITEM, UNIT, Place
from annotator.labeling import services as labeling
from annotator.labeling.models import Assignment
from annotator.labeling.services import NewSeat
from annotator.quality import services as quality
from annotator.quality.models import Decision
from annotator.quality.services import Finding, decision_digest
from jury.policy.decision import Decision as Outcome
from jury.policy.decision import explain
from jury.policy.settle import JURY_PENDING

BATCH = 500
"""At most so many items are in one plan."""


class Plan:
    """What is to be written for a batch of items."""

    def __init__(self, project: ProjectView, occasion: Occasion) -> None:
        self.project = project
        self.occasion = occasion
        self.findings: list[Finding] = []
        self.decided: set[Key] = set()
        self.reopened: list[Key] = []
        self.seats: list[NewSeat] = []
        self.cancelled: list[int] = []
        self.widened: list[tuple[int, dict[str, list[str]]]] = []
        self.states: dict[int, str] = {}
        self.resting: dict[int, datetime] = {}
        self.unit_states: dict[int, str] = {}
        self.moves: Counter[Place] = Counter()
        self.derived: set[Key] = set()
        self.tally = Tally()

    def take(self, item: ItemReading, outcomes: Sequence[Outcome]) -> None:
        """Add one item's outcomes to the plan."""
        self.tally.items += 1
        targets = {(unit.unit, unit.question): unit.target for unit in item.facts.units}
        self.derived = {
            (unit.unit, unit.question) for unit in item.facts.units if not unit.asked_of_people
        }
        standing: dict[Key, str] = {}
        again: dict[str, list[str]] = {}
        disputed: dict[str, list[str]] = {}
        for outcome in outcomes:
            key = (outcome.unit, outcome.question)
            now = self._standing(item, outcome)
            standing[key] = now
            if outcome.outcome == "reannotate" and now == outcome.outcome:
                again.setdefault(targets[key], []).append(outcome.question)
            elif outcome.outcome == "adjudicate" and now == outcome.outcome:
                disputed.setdefault(targets[key], []).append(outcome.question)
            elif JURY_PENDING in outcome.reasons and item.jury_until is not None:
                # Perhaps no opinion ever comes to move it on.
                self.resting[item.facts.item] = item.jury_until
        if again:
            self._label_again(item, again)
        if disputed:
            self._adjudicate(item, disputed)
        self._cancel(item, standing, targets)
        self._note_states(item, standing)

    def _standing(self, item: ItemReading, outcome: Outcome) -> str:
        """Return the unit's outcome after this advance; plan a finding where it is new."""
        key = (outcome.unit, outcome.question)
        stored = item.decisions.get(key)
        if stored and stored[0] == Decision.Outcome.SETTLED and not self._reopens(outcome):
            return stored[0]
        if outcome.outcome == "waiting":
            if stored and (stored[0] == Decision.Outcome.SETTLED or self.occasion.touched(key)):
                self.reopened.append(key)
                return "waiting"
            return stored[0] if stored else "waiting"
        if stored is None or stored != (outcome.outcome, decision_digest(outcome)):
            schema = next(
                unit.schema for unit in item.facts.units if (unit.unit, unit.question) == key
            )
            words = explain(outcome, schema, self.project.taxonomy)
            self.findings.append(Finding(outcome, words))
            if stored is not None:
                self.decided.add(key)
            setattr(self.tally, outcome.outcome, getattr(self.tally, outcome.outcome) + 1)
        return outcome.outcome

    def _reopens(self, outcome: Outcome) -> bool:
        key = (outcome.unit, outcome.question)
        return self.occasion.reopens(
            key, derived=key in self.derived, by_lead=outcome.source == "adjudicator"
        )

    def _new_seat(
        self, item: ItemReading, *, reason: str, kind: str, asks: Mapping[str, Sequence[str]]
    ) -> None:
        planned = sum(1 for seat in self.seats if seat.item_id == item.facts.item)
        last = max((seat.number for seat in item.seats), default=0)
        rounds = [
            seat.round
            for seat in item.seats
            if seat.kind == Assignment.Kind.LABEL and seat.state != Assignment.State.CANCELLED
        ]
        self.seats.append(
            NewSeat(
                project_id=self.project.id,
                item_id=item.facts.item,
                number=last + planned + 1,
                reason=reason,
                round=max(rounds, default=0) + 1,
                asks=asks,
                kind=kind,
                seed=self.project.seed,
                run=self.occasion.run,
            )
        )

    def _label_again(self, item: ItemReading, asks: dict[str, list[str]]) -> None:
        """Open one seat that asks what is unsettled, unless seats that ask it are out already."""
        missing = _unasked(asks, _pending(item, Assignment.Kind.LABEL))
        if missing:
            self._new_seat(
                item,
                reason=Assignment.Reason.REANNOTATION,
                kind=Assignment.Kind.LABEL,
                asks=missing,
            )

    def _adjudicate(self, item: ItemReading, asks: dict[str, list[str]]) -> None:
        """See that a lead's seat asks every disputed question."""
        pending = _pending(item, Assignment.Kind.ADJUDICATE)
        missing = _unasked(asks, pending)
        if not missing:
            return
        free = next((seat for seat in pending if seat.state == Assignment.State.OPEN), None)
        wider = {target: list(qs) for target, qs in free.asks.items()} if free else {}
        for target, questions in missing.items():
            wider[target] = [*wider.get(target, []), *questions]
        if free is not None and self.occasion.run is None:
            self.widened.append((free.id, wider))
            return
        if free is not None:
            # A run opens a seat of its own instead, so that it can be rolled back whole.
            self.cancelled.append(free.id)
        self._new_seat(
            item,
            reason=Assignment.Reason.ADJUDICATION,
            kind=Assignment.Kind.ADJUDICATE,
            asks=wider,
        )

    def _cancel(
        self, item: ItemReading, standing: Mapping[Key, str], targets: Mapping[Key, str]
    ) -> None:
        """Cancel open seats that can no longer matter; leased ones may finish and are kept.

        Where votes went or came back, a lead is not asked any more about what is not disputed now.
        """
        final = {
            (targets[key], key[1]): now
            for key, now in standing.items()
            if now in {Decision.Outcome.SETTLED, Decision.Outcome.ADJUDICATE}
        }
        for seat in item.seats:
            if seat.state != Assignment.State.OPEN or seat.id in self.cancelled:
                continue
            over: set[str | None] = {Decision.Outcome.SETTLED.value}
            if seat.kind == Assignment.Kind.LABEL:
                over.add(Decision.Outcome.ADJUDICATE.value)
            elif self.occasion.changed is not None:
                over.add(None)
            asked = [(target, q) for target, qs in seat.asks.items() for q in qs]
            if all(final.get(pair) in over for pair in asked):
                self.cancelled.append(seat.id)

    def _note_states(self, item: ItemReading, standing: Mapping[Key, str]) -> None:
        """Plan the states of an item and of its units where they are others now."""
        state = self._item_state(item, standing)
        if state != item.state:
            self.states[item.facts.item] = state
            self._move(ITEM, str(item.batch), item.state, state)
        for unit in item.units:
            now = unit_state([said for (pk, _), said in standing.items() if pk == unit.id])
            if now != unit.state:
                self.unit_states[unit.id] = now
                self._move(UNIT, "", unit.state, now)

    def _move(self, kind: str, part: str, before: str, now: str) -> None:
        self.moves[Place(kind, part, before)] -= 1
        self.moves[Place(kind, part, now)] += 1

    def _item_state(self, item: ItemReading, standing: Mapping[Key, str]) -> str:
        states = [
            item_part(standing[(unit.unit, unit.question)], voted=bool(unit.answers("human")))
            for unit in item.facts.units
        ]
        if not states:
            return Item.State.SETTLED
        least = min(states, key=FINISH.index)
        begun = any(state != Item.State.OPEN for state in states)
        return Item.State.IN_WORK if least == Item.State.OPEN and begun else least

    def write(self) -> Tally:
        """Write the plan."""
        quality.supersede(self.reopened, run=self.occasion.run)
        quality.record(
            self.findings,
            policy_version=self.project.policy.id,
            decided=self.decided,
            run=self.occasion.run,
        )
        labeling.open_seats(self.seats)
        self.tally.seats_opened = len(self.seats)
        for seat_id, asks in self.widened:
            labeling.widen_seat(seat_id, asks)
        if self.cancelled:
            self.tally.seats_cancelled = labeling.cancel_seats(
                self.cancelled, project_id=self.project.id, run=self.occasion.run
            )
        derived.mark_states(self.states)
        derived.rest_until(self.resting)
        derived.mark_unit_states(self.unit_states)
        state_counts.note(self.project.id, self.moves)
        self._event()
        return self.tally

    def _event(self) -> None:
        if self.findings or self.reopened:
            audit.record(
                verb="units.decided",
                subject=f"project:{self.project.id}",
                actor=None,
                project=self.project.id,
                data={
                    "policy_version": self.project.policy.version,
                    "settled": self.tally.settled,
                    "reannotate": self.tally.reannotate,
                    "adjudicate": self.tally.adjudicate,
                    "reopened": len(self.reopened),
                    "items": sorted(self.states)[:BATCH],
                },
            )


def _pending(item: ItemReading, kind: str) -> list[SeatFact]:
    return [seat for seat in item.seats if seat.kind == kind and seat.state in PENDING]


def _unasked(
    asks: Mapping[str, Sequence[str]], seats: Collection[SeatFact]
) -> dict[str, list[str]]:
    """Return those of the questions, by target, that none of the seats asks."""
    left = {
        target: [q for q in questions if not any(seat.asks_of(target, q) for seat in seats)]
        for target, questions in asks.items()
    }
    return {target: questions for target, questions in left.items() if questions}
