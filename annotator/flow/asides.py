"""Answers set aside by a manager, and taken back in: made at once, decided again in steps.

Making one takes its answers out for whoever is decided from then on; a run then decides the units
concerned again, a batch a transaction, and opens seats for other people where the overlap is not
reached any more. What a lead settled stays. Lifting is the same way back: no answer that came
meanwhile is dropped.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from django.db import transaction

from annotator.accounts.queries import Actor
from annotator.audit import services as audit
from annotator.catalog import services as catalog
from annotator.catalog.queries import MANAGERS, ProjectView, project_for, project_view
from annotator.core.errors import Conflict
from annotator.flow import jobs
from annotator.flow.aside_preview import Preview, preview
from annotator.flow.aside_seats import concerned, with_seat_again
from annotator.flow.aside_wish import Choice, wanted_of
from annotator.flow.facts import policy_of, read
from annotator.flow.lines import Key
from annotator.flow.models import Job
from annotator.flow.occasion import Occasion
from annotator.flow.plan import BATCH
from annotator.flow.progress import SILENT, Progress
from annotator.flow.steps import advance
from annotator.flow.tally import Tally
from annotator.intake import derived
from annotator.labeling import services as labeling
from annotator.quality import asides, runs
from annotator.quality.asides import Grounds
from annotator.quality.models import PolicyRun, SetAside
from annotator.quality.queries.asides import Wanted, covered, keys_in_force, keys_of, next_items
from annotator.quality.queries.runs import unfinished_run

COUNTED: Final = ("items", "settled", "reannotate", "adjudicate")


def look(actor: Actor, slug: str, choice: Choice) -> Preview:
    """Return what setting these answers aside would do; changes nothing.

    Raises Invalid that names the fields, NotFound, NotAllowed.
    """
    project = project_for(actor, slug, MANAGERS)
    return preview(project, wanted_of(project, choice))


@transaction.atomic
def begin(
    project: ProjectView,
    wanted: Wanted,
    grounds: Grounds,
    *,
    seen: str | None = None,
    by: int | None = None,
) -> PolicyRun:
    """Set answers aside and open the run that decides again; return the run.

    Args:
        project: The project.
        wanted: Whose answers, and which.
        grounds: Why.
        seen: The digest of the preview somebody looked at; None: whatever is there.
        by: Who does it; None: the system.

    Raises:
        Conflict: The votes changed since the preview, there are none, or a run is unfinished.
    """
    catalog.lock_project(project.id)
    digest = _as_seen(project, wanted, seen)
    row = asides.make(
        project_id=project.id, wanted=wanted, grounds=grounds, digest=digest, actor=by
    )
    return _run(project, row, by, lifts=False)


def _as_seen(project: ProjectView, wanted: Wanted, seen: str | None) -> str:
    now = covered(project.id, wanted)
    if seen is not None and seen != now.digest:
        message = (
            f"The votes changed since you looked: it is about {now.answers} answers on {now.items}"
            " items now. Look at the preview again."
        )
        raise Conflict(message)
    return now.digest


def _run(project: ProjectView, row: SetAside, by: int | None, *, lifts: bool) -> PolicyRun:
    version = project_view(project.id).policy.id
    return runs.start_run(
        project_id=project.id,
        before=version,
        after=version,
        actor=by,
        set_aside=row.pk,
        lifts=lifts,
    )


@transaction.atomic
def start(actor: Actor, slug: str, choice: Choice, grounds: Grounds, *, seen: str | None) -> str:
    """Set answers aside and queue the run; return the job's public id.

    Raises Conflict as :func:`begin`, Invalid, NotFound, NotAllowed.
    """
    project = project_for(actor, slug, MANAGERS)
    run = begin(project, wanted_of(project, choice), grounds, seen=seen, by=actor.id)
    return jobs.start(actor, slug, Job.Kind.SET_ASIDE, {"run": run.pk})


@transaction.atomic
def begin_lifting(project: ProjectView, public_id: str, *, by: int | None = None) -> PolicyRun:
    """Let answers that are set aside count again and open the run that decides; return the run.

    Raises NotFound, and Conflict where it is lifted already or a run is unfinished.
    """
    catalog.lock_project(project.id)
    row = asides.lift(project_id=project.id, public_id=public_id, actor=by)
    return _run(project, row, by, lifts=True)


@transaction.atomic
def lift(actor: Actor, slug: str, public_id: str) -> str:
    """Lift a set-aside; return the id of the job that decides again.

    Raises Conflict as :func:`begin_lifting`, NotFound, NotAllowed.
    """
    project = project_for(actor, slug, MANAGERS)
    run = begin_lifting(project, public_id, by=actor.id)
    return jobs.start(actor, slug, Job.Kind.SET_ASIDE, {"run": run.pk})


@transaction.atomic
def resume(actor: Actor, slug: str) -> str:
    """Queue the rest of a run that was stopped; return the job's public id.

    Raises Conflict if there is no rest, NotFound, NotAllowed.
    """
    project = project_for(actor, slug, MANAGERS)
    run = unfinished_run(project.id)
    if run is None or run.set_aside is None:
        raise Conflict("No set-aside is unfinished.")
    return jobs.start(actor, slug, Job.Kind.SET_ASIDE, {"run": run.id})


def carry_on(run_id: int, *, progress: Progress = SILENT, batch: int = BATCH) -> Mapping[str, int]:
    """Decide again whatever a run has not looked at yet; return its counts.

    May be stopped between two batches and called again; two at once share the work.
    """
    total = SetAside.objects.values_list("items", flat=True).get(
        pk__in=PolicyRun.objects.filter(pk=run_id).values("set_aside")
    )
    counts: Mapping[str, int] = {}
    while (row := _step(run_id, batch)) is not None:
        counts = row.counts
        progress.step(counts["items"], total)
    return counts or PolicyRun.objects.values_list("counts", flat=True).get(pk=run_id)


@transaction.atomic
def _step(run_id: int, batch: int) -> PolicyRun | None:
    """Decide the next items again; None once there are none."""
    run = runs.locked_run(run_id)
    if run.state != PolicyRun.State.RUNNING or run.set_aside_id is None:
        return None
    ids = next_items(run.set_aside_id, run.cursor, batch)
    if not ids:
        runs.end_run(run, PolicyRun.State.DONE)
        audit.record(
            verb="set_aside.decided_again",
            subject=f"set_aside:{run.set_aside_id}",
            actor=run.created_by,
            project=run.project_id,
            data={"run": run.pk, "lifts": run.lifts, **run.counts},
        )
        return None
    derived.lock_items(ids)
    project = project_view(run.project_id)
    keys = keys_of(run.set_aside_id, ids)
    taken_back = _take_back(run, ids) if run.lifts else 0
    opened, again = _seats(run, project, ids, keys)
    tally = advance(project, ids, Occasion(run=run.pk, changed=again))
    runs.note_step(run, cursor=ids[-1], counts=_counts(tally, opened, taken_back))
    return run


def _take_back(run: PolicyRun, ids: Collection[int]) -> int:
    """Undo what making the set-aside did to seats, but for those somebody has taken."""
    made = PolicyRun.objects.filter(set_aside=run.set_aside_id, lifts=False)
    return sum(
        labeling.undo_on_seats(pk, ids, project_id=run.project_id)
        for pk in made.values_list("pk", flat=True)
    )


def _seats(
    run: PolicyRun, project: ProjectView, ids: list[int], keys: frozenset[Key]
) -> tuple[int, frozenset[Key]]:
    """Open seats for other people where needed; return how many, and what is decided again."""
    policy = policy_of(project)
    items = read(project, ids, policy).items
    aside = run.set_aside
    of_person = aside is not None and aside.person_id is not None
    gone = keys & keys_in_force(ids) if of_person else frozenset()
    found = (with_seat_again(project, policy, item, gone, run.pk) for item in items)
    seats = [seat for _, seat in found if seat is not None]
    labeling.open_seats(seats)
    return len(seats), concerned(policy, items, keys, of_person=of_person)


def _counts(tally: Tally, opened: int, taken_back: int) -> dict[str, int]:
    counted = {name: getattr(tally, name) for name in COUNTED}
    return {
        **counted,
        "seats_opened": tally.seats_opened + opened,
        "seats_cancelled": tally.seats_cancelled + taken_back,
    }
