"""What setting answers aside would do, before anything is changed: it reads, and writes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from annotator.catalog.queries import ProjectView
from annotator.flow.aside_seats import afresh, concerned, with_seat_again
from annotator.flow.fact_votes import Without
from annotator.flow.facts import ItemReading, policy_of, read
from annotator.flow.lines import Key
from annotator.flow.occasion import Occasion
from annotator.flow.plan import BATCH, Plan
from annotator.labeling.models import Assignment
from annotator.quality.models import Ruling
from annotator.quality.patterns import PatternChange
from annotator.quality.queries.asides import Covered, Wanted, answers_of, covered, matching
from annotator.quality.queries.without import Shift, headlines_without
from jury.policy.base import Policy
from jury.policy.decision import Decision as Outcome
from jury.verdict import Answer

LIVE_ITEMS: Final = 500
"""Items up to which the decisions are taken as if, while somebody waits."""
_NO_RUN: Final = 0


@dataclass(frozen=True, slots=True)
class Effect:
    """What would become of rulings, seats and agreement.

    Attributes:
        same: Rulings taken anew with the same answer.
        changed: Rulings with another answer.
        fallen: Rulings that fall: the unit is open, asked again or with a lead.
        by_lead: Rulings by a lead: they stay, though she may have read the answers.
        seats: Seats that open for other people.
        lead_seats: Seats that open for leads.
        agreement: The headline of each target and question it changes.
    """

    same: int
    changed: int
    fallen: int
    by_lead: int
    seats: int
    lead_seats: int
    agreement: tuple[Shift, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a set-aside would cover, and do; `effect` is None where that takes too long to see."""

    wanted: Wanted
    covered: Covered
    effect: Effect | None


def preview(project: ProjectView, wanted: Wanted) -> Preview:
    """Return what setting these answers aside would do."""
    found = covered(project.id, wanted)
    live = 0 < found.items <= LIVE_ITEMS
    return Preview(wanted, found, _effect(project, wanted) if live else None)


@dataclass(slots=True)
class _Fate:
    """What becomes of the rulings in force."""

    counted: Counter[str] = field(default_factory=Counter)

    def see(self, ruling: Ruling, new: Outcome | None, *, reopened: bool) -> None:
        """Count one; `new` is what is decided anew, None where nothing is."""
        if ruling.source == Ruling.Source.ADJUDICATOR:
            self.counted["by_lead"] += 1
        elif reopened or (new is not None and new.outcome != "settled"):
            self.counted["fallen"] += 1
        elif new is None or _says(new.answer) == _says(_answer(ruling)):
            self.counted["same"] += 1
        else:
            self.counted["changed"] += 1


def _answer(ruling: Ruling) -> Answer:
    return Answer(ruling.value, tuple(ruling.categories), ruling.severity)


def _says(answer: Answer | None) -> object:
    return answer and (answer.value, sorted(answer.categories), answer.severity)


def _effect(project: ProjectView, wanted: Wanted) -> Effect:
    policy = policy_of(project)
    answers = list(answers_of(matching(project.id, wanted)))
    by_item: dict[int, list[Mapping[str, int | str]]] = {}
    for row in answers:
        by_item.setdefault(row["item"], []).append(row)
    fate, seats, lead_seats = _Fate(), 0, 0
    changes: list[PatternChange] = []
    items = sorted(by_item)
    for start in range(0, len(items), BATCH):
        part = items[start : start + BATCH]
        rows = [row for item in part for row in by_item[item]]
        reading = read(project, part, policy, without=_without(wanted, rows))
        changes += reading.changes
        keys = frozenset((int(row["unit_id"]), str(row["question"])) for row in rows)
        again = concerned(policy, reading.items, keys, of_person=_of_person(wanted))
        plan = Plan(project, Occasion(run=_NO_RUN, changed=again))
        seats += _plan(plan, policy, reading.items, keys if _of_person(wanted) else ())
        kinds = Counter(seat.kind for seat in plan.seats)
        seats += kinds[Assignment.Kind.LABEL.value]
        lead_seats += kinds[Assignment.Kind.ADJUDICATE.value]
        _judge(fate, plan, reading.items)
    counted = fate.counted
    return Effect(
        same=counted["same"],
        changed=counted["changed"],
        fallen=counted["fallen"],
        by_lead=counted["by_lead"],
        seats=seats,
        lead_seats=lead_seats,
        agreement=headlines_without(project, changes),
    )


def _of_person(wanted: Wanted) -> bool:
    return wanted.person is not None


def _without(wanted: Wanted, rows: Sequence[Mapping[str, int | str]]) -> Without:
    if _of_person(wanted):
        seats = ((int(r["seat"]), int(r["unit_id"]), str(r["question"])) for r in rows)
        return Without(seats=frozenset(seats))
    return Without(opinions=frozenset((int(r["given"]), str(r["question"])) for r in rows))


def _plan(plan: Plan, policy: Policy, items: Sequence[ItemReading], keys: Collection[Key]) -> int:
    """Take items into a plan as a run would; return how many first-pass seats it would open."""
    opened = 0
    for item in items:
        wider, seat = with_seat_again(plan.project, policy, item, keys)
        opened += seat is not None
        plan.take(wider, policy.decide(afresh(plan.project, wider, plan.occasion.changed or ())))
    return opened


def _judge(fate: _Fate, plan: Plan, items: Sequence[ItemReading]) -> None:
    units = {unit.unit for item in items for unit in item.facts.units}
    new = {(f.outcome.unit, f.outcome.question): f.outcome for f in plan.findings}
    reopened = set(plan.reopened)
    for ruling in Ruling.objects.filter(unit__in=units, current=True):
        key = (ruling.unit_id, ruling.question)
        if plan.occasion.touched(key):
            fate.see(ruling, new.get(key), reopened=key in reopened)
