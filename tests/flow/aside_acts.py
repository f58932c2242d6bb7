"""What a manager does by chance: sets answers aside, stops halfway, goes on, lifts."""

from __future__ import annotations

from random import Random

from annotator.catalog.models import Membership
from annotator.catalog.queries import ProjectView
from annotator.core.errors import Conflict
from annotator.flow import asides
from annotator.flow.aside_preview import preview
from annotator.flow.aside_wish import Choice, grounds_of, wanted_of
from annotator.flow.jobs import Stopped
from annotator.quality.models import SetAside
from annotator.quality.queries.runs import unfinished_run

GROUNDS = grounds_of("other", "Chance said so.")


class Halt:
    """Stops a run after its first batch."""

    def step(self, done: int, total: int | None) -> None:
        """Stop."""
        raise Stopped


def put_aside(project: ProjectView, rng: Random, names: list[str], categories: list[str]) -> bool:
    """Set somebody's answers aside, or a juror's, all or some; True if there were any.

    Beforehand all is looked at, which changes nothing.
    """
    finish(project)
    batch = rng.choice(("", "", "1", "2"))
    category = rng.choice((*categories, *[""] * 5 * len(categories)))
    who = rng.choice(names)
    if who.startswith("j"):
        choice = Choice(juror=who, batch=batch, category=category)
    else:
        member = Membership.objects.get(project=project.id, person__username=who)
        choice = Choice(person=member.pseudonym, batch=batch, category=category)
    wanted = wanted_of(project, choice)
    seen = preview(project, wanted).covered.digest
    try:
        run = asides.begin(project, wanted, GROUNDS, seen=seen)
    except Conflict:
        return False
    work_off(run.pk, rng)
    return True


def lift_one(project: ProjectView, rng: Random) -> bool:
    """Lift one that is in force; True if there was any."""
    finish(project)
    rows = list(SetAside.objects.filter(project=project.id, lifting=None).order_by("pk"))
    if not rows:
        return False
    work_off(asides.begin_lifting(project, rng.choice(rows).public_id).pk, rng)
    return True


def work_off(run: int, rng: Random) -> None:
    """Work a run off, or only its first batch."""
    if rng.random() < 0.7:
        asides.carry_on(run, batch=rng.choice((1, 7, 500)))
        return
    try:
        asides.carry_on(run, batch=5, progress=Halt())
    except Stopped:
        return


def finish(project: ProjectView) -> None:
    """Work off what was stopped halfway."""
    run = unfinished_run(project.id)
    if run is not None:
        asides.carry_on(run.id)
