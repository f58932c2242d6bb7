"""The order of things: what opens an item, and the one function that moves it on.

`advance` is idempotent and set-based: lock the items in order, read the facts with a fixed number
of queries, ask the pure policy, write once. Nothing else writes derived columns, decisions,
rulings or later seats.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from annotator.catalog.queries import ProjectView, project_view
from annotator.flow.aside_seats import afresh
from annotator.flow.facts import policy_of, read
from annotator.flow.occasion import AS_VOTED, Occasion
from annotator.flow.plan import BATCH, Plan
from annotator.flow.tally import Tally
from annotator.intake import derived, state_counts
from annotator.intake.texts import items_with_texts
from annotator.labeling import services as labeling
from annotator.labeling.models import Assignment
from annotator.labeling.services import NewSeat
from annotator.panel import opinions, queue
from annotator.quality import counts
from jury.policy.base import Policy


def open_items(project: ProjectView, item_ids: Sequence[int]) -> None:
    """Open the first-pass seats and the inquiries of newly imported items."""
    policy = policy_of(project)
    items = items_with_texts(item_ids)
    seats = []
    for item_id in sorted(items):
        asks = _asked_of_people(project, policy, [unit.target for unit in items[item_id].units])
        if asks:
            seats += [
                NewSeat(
                    project_id=project.id,
                    item_id=item_id,
                    number=number,
                    reason=Assignment.Reason.FIRST_PASS,
                    round=1,
                    asks=asks,
                    seed=project.seed,
                )
                for number in range(1, project.overlap + 1)
            ]
    labeling.open_seats(seats)
    queue.open_inquiries(project.id, sorted(items))


def _asked_of_people(
    project: ProjectView, policy: Policy, targets: Sequence[str]
) -> dict[str, list[str]]:
    asks: dict[str, list[str]] = {}
    for target in targets:
        if not project.target(target).people:
            continue
        questions = [
            question.key
            for question in project.questions_for(target)
            if policy.asks_people(target, question.key)
        ]
        if questions:
            asks[target] = questions
    return asks


def advance(
    project: ProjectView,
    item_ids: Sequence[int],
    occasion: Occasion = AS_VOTED,
) -> Tally:
    """Move items on as far as their votes allow; return what was done.

    Settled units stay as they are, but for what the occasion decides again. Safe to call at any
    time and any number of times.
    """
    total = Tally()
    ordered = sorted(set(item_ids))
    for start in range(0, len(ordered), BATCH):
        part = ordered[start : start + BATCH]
        total.add(_advance_batch(project, part, occasion))
    return total


@transaction.atomic
def advance_marked(project: ProjectView, item_ids: Sequence[int]) -> Tally:
    """Take the mark off items that were due and advance them; a failure leaves both undone."""
    derived.lock_items(item_ids)
    derived.clear_due(item_ids)
    return advance(project, item_ids)


@transaction.atomic(savepoint=False)
def _advance_batch(project: ProjectView, item_ids: Sequence[int], occasion: Occasion) -> Tally:
    policy = policy_of(project)
    reading = read(project, item_ids, policy, lock=True)
    if reading.policy_version != project.policy.id:
        # The policy changed between the caller's look and our lock: decide by the one in force.
        project = project_view(project.id)
        policy = policy_of(project)
        reading = read(project, item_ids, policy)
    flags = reading.flags
    labeling.mark_votes(flags.people)
    opinions.mark_counting(counting=flags.jury_on, not_counting=flags.jury_off)
    counts.append(project.id, reading.changes)
    plan = Plan(project, occasion)
    for item in reading.items:
        changed = occasion.changed
        facts = item.facts if changed is None else afresh(project, item, changed)
        plan.take(item, policy.decide(facts))
    with state_counts.gathered():
        return plan.write()
