"""Counts made anew from what they count: for `verify`, and to mend them after rows came by SQL."""

from __future__ import annotations

from collections import Counter
from typing import Final

from django.db.models import Count

from annotator.catalog.queries import ProjectView
from annotator.core.moment import one_moment
from annotator.intake import state_counts
from annotator.intake.models import Item, Unit
from annotator.intake.state_counts import ITEM, SEAT, UNIT, WAITING, Place
from annotator.labeling.models import Assignment
from annotator.quality import counts

KINDS: Final = (ITEM, UNIT, SEAT)
_SEATS: Final = {
    Assignment.State.OPEN.value: WAITING,
    Assignment.State.LEASED.value: WAITING,
    Assignment.State.DONE.value: Assignment.State.DONE.value,
}


def states(project: ProjectView) -> Counter[Place]:
    """Return how many items, units and seats are in each state that is counted, one by one."""
    found: Counter[Place] = Counter()
    items = Item.objects.filter(project=project.id).values_list("batch", "state")
    for batch, state, n in items.annotate(n=Count("*")).order_by():
        found[Place(ITEM, str(batch), state)] += n
    units = Unit.objects.filter(project=project.id).values_list("state")
    for state, n in units.annotate(n=Count("*")).order_by():
        found[Place(UNIT, "", state)] += n
    seats = Assignment.objects.filter(project=project.id, state__in=_SEATS).values_list("state")
    for state, n in seats.annotate(n=Count("*")).order_by():
        found[Place(SEAT, "", _SEATS[state])] += n
    return found


def recount(project: ProjectView) -> None:
    """Make all counts of a project anew, those of states and those behind agreement.

    What is committed meanwhile stays pending. A fold meanwhile makes it fail; it changes nothing
    then.
    """
    with one_moment():
        state_counts.replace(project.id, states(project))
    counts.rebuild(project)


def told(project: ProjectView) -> dict[str, int]:
    """Return how many items, units and seats a project has by its counts."""
    found = state_counts.counts_of(project.id, KINDS)
    return {
        f"{kind}s": sum(n for place, n in found.items() if place.kind == kind) for kind in KINDS
    }
