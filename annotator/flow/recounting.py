"""Counts made anew from what they count: for `verify`, and to mend them after rows came by SQL."""

from __future__ import annotations

from collections import Counter
from typing import Final

from django.db.models import BigIntegerField, Count, F, Sum
from django.db.models.functions import Cast, Round

from annotator.catalog.queries import ProjectView
from annotator.core.moment import one_moment
from annotator.intake import state_counts
from annotator.intake.models import Item, Unit
from annotator.intake.state_counts import COST, INQUIRY, ITEM, SEAT, UNIT, WAITING, Place
from annotator.labeling.models import Assignment
from annotator.panel.models import SUPERSEDED, Call, Inquiry
from annotator.panel.tallies import PICO, place
from annotator.quality import counts

KINDS: Final = (ITEM, UNIT, SEAT, INQUIRY, COST)
_SEATS: Final = {
    Assignment.State.OPEN.value: WAITING,
    Assignment.State.LEASED.value: WAITING,
    Assignment.State.DONE.value: Assignment.State.DONE.value,
}


def states(project: ProjectView) -> Counter[Place]:
    """Return what is counted of items, units, seats, inquiries and calls, one by one."""
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
    return found + _inquiries(project) + _spent(project)


def _inquiries(project: ProjectView) -> Counter[Place]:
    found: Counter[Place] = Counter()
    rows = Inquiry.objects.filter(project=project.id, purpose=Inquiry.Purpose.PANEL)
    alive = rows.exclude(state=Inquiry.State.FAILED, reason=SUPERSEDED)
    counted = alive.values_list("juror_version", "state").annotate(n=Count("*")).order_by()
    for version, state, n in counted:
        found[place(version, state)] += n
    return found


def _spent(project: ProjectView) -> Counter[Place]:
    calls = Call.objects.filter(inquiry__project=project.id, cost__isnull=False)
    whole = Cast(Round(F("cost") * float(PICO)), BigIntegerField())
    total = calls.aggregate(total=Sum(whole))["total"]
    return Counter({Place(COST, "", ""): int(total)}) if total else Counter()


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
        f"{kind}s": sum(n for here, n in found.items() if here.kind == kind)
        for kind in (ITEM, UNIT, SEAT)
    }
