"""Counts made anew from what they count: for `verify`, and to mend them after rows came by SQL."""

from __future__ import annotations

import time
from collections import Counter
from typing import Final

from django.db import OperationalError
from django.db.models import BigIntegerField, Count, F, Sum
from django.db.models.functions import Cast, Round

from annotator.audit import services as audit
from annotator.catalog.queries import ProjectView
from annotator.core.errors import Conflict
from annotator.core.moment import one_moment, overtaken
from annotator.flow.progress import SILENT, Progress
from annotator.intake import state_counts
from annotator.intake.models import Item, Unit
from annotator.intake.state_counts import COST, INQUIRY, ITEM, SEAT, UNIT, WAITING, Place
from annotator.labeling.models import Assignment
from annotator.panel.models import SUPERSEDED, Call, Inquiry
from annotator.panel.tallies import PICO, place
from annotator.quality import counts

PATIENCE_SECONDS: Final = 60.0
PAUSE_SECONDS: Final = 0.2
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


def recount(project: ProjectView, *, progress: Progress = SILENT) -> int:
    """Make a project's counts anew, those of states and those behind agreement.

    Returns how many pending changes of patterns went into them. On PostgreSQL nobody who works
    waits, and what is committed meanwhile is counted afterwards; on SQLite who writes waits until
    it is over. Raises Conflict while others fold without a pause.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while not _states_anew(project):
        _pause(until)
    while (taken := counts.rebuild(project, step=progress.step)) is None:
        _pause(until)
    audit.record(
        verb="counts.rebuilt",
        subject=f"project:{project.id}",
        actor=None,
        project=project.id,
        data={"pending": taken},
    )
    return taken


def _states_anew(project: ProjectView) -> bool:
    """Count states anew; False if somebody folded meanwhile: nothing was changed then."""
    try:
        with one_moment():
            state_counts.replace(project.id, states(project))
    except OperationalError as error:
        if not overtaken(error):
            raise
        return False
    return True


def _pause(until: float) -> None:
    if time.monotonic() > until:
        raise Conflict("The counts are folded without a pause. Try again later.")
    time.sleep(PAUSE_SECONDS)


def told(project: ProjectView) -> dict[str, int]:
    """Return how many items, units and seats a project has by its counts."""
    found = state_counts.counts_of(project.id, KINDS)
    return {
        f"{kind}s": sum(n for here, n in found.items() if here.kind == kind)
        for kind in (ITEM, UNIT, SEAT)
    }
