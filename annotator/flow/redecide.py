"""A policy put into force over what was decided already, and the way back.

Applying makes a new policy version at once; a job then decides everything again, a batch a
transaction, each under the run's lock. Whoever submits meanwhile is decided by the version in force
at the moment their item is locked. Decisions and rulings are superseded, never edited; what a lead
settled is left alone.

Rolling back is possible until somebody has had one of the seats the run opened.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

from django.db import transaction

from annotator.accounts.queries import Actor
from annotator.audit import services as audit
from annotator.catalog import services as catalog
from annotator.catalog.queries import MANAGERS, ProjectView, project_for, project_view
from annotator.core.errors import Conflict, NotFound
from annotator.flow import jobs
from annotator.flow.models import Job
from annotator.flow.occasion import Occasion
from annotator.flow.plan import BATCH
from annotator.flow.progress import SILENT, Progress
from annotator.flow.steps import advance
from annotator.flow.tally import Tally
from annotator.flow.whatif import Wish
from annotator.intake import derived
from annotator.intake.models import Item
from annotator.intake.queries import item_count
from annotator.labeling import services as labeling
from annotator.quality import runs
from annotator.quality.fits import answer_fits
from annotator.quality.models import FitAnswer, PolicyRun
from annotator.quality.queries.asides import keys_since
from annotator.quality.queries.runs import RunView, run_of

COUNTED: Final = (
    "items",
    "settled",
    "reannotate",
    "adjudicate",
    "seats_opened",
    "seats_cancelled",
)


@transaction.atomic
def begin(
    project: ProjectView,
    wanted: Wish,
    *,
    seen: int | None = None,
    fits: Collection[int] = (),
    by: int | None = None,
) -> int:
    """Put a policy into force as a new version and open its run; return the run's id.

    Args:
        project: The project.
        wanted: The policy.
        seen: The version somebody was looking at when they decided; None: whatever is in force.
        fits: Proposed fits that are accepted by this.
        by: Who does it; None: the system.

    Raises:
        Conflict: It is in force already, another version came meanwhile, or a run is unfinished.
    """
    catalog.lock_project(project.id)
    current = project_view(project.id).policy
    if seen is not None and seen != current.version:
        message = (
            f"The policy was changed meanwhile: version {current.version} is in force, the figures"
            f" were about version {seen}. Look at them again."
        )
        raise Conflict(message)
    if (current.name, dict(current.options)) == (wanted.name, dict(wanted.options)):
        raise Conflict("This policy is in force already.")
    catalog.set_policy(project_id=project.id, name=wanted.name, options=wanted.options, actor=by)
    after = project_view(project.id).policy
    run = runs.start_run(project_id=project.id, before=current.id, after=after.id, actor=by)
    answer_fits(fits, answer=FitAnswer.Answer.ACCEPTED, actor=by, policy_version=after.id)
    _event("policy.applied", run, by, {"before": current.version, "after": after.version})
    return run.pk


@transaction.atomic
def start(
    actor: Actor, slug: str, wanted: Wish, *, seen: int | None, fits: Collection[int] = ()
) -> str:
    """Put a policy into force and queue its re-decision; return the job's public id.

    Raises Conflict as :func:`begin`, NotFound, NotAllowed.
    """
    project = project_for(actor, slug, MANAGERS)
    run = begin(project, wanted, seen=seen, fits=fits, by=actor.id)
    return jobs.start(actor, slug, Job.Kind.REDECIDE, {"run": run})


@transaction.atomic
def resume(actor: Actor, slug: str, run_id: int) -> str:
    """Queue the rest of a run that was stopped, forward or back; return the job's public id.

    Raises Conflict if there is no rest, NotFound, NotAllowed.
    """
    project = project_for(actor, slug, MANAGERS)
    run = _of(project, run_id)
    if not run.unfinished:
        raise Conflict("This re-decision is finished.")
    back = run.state == PolicyRun.State.ROLLING_BACK
    kind = Job.Kind.ROLL_BACK if back else Job.Kind.REDECIDE
    return jobs.start(actor, slug, kind, {"run": run_id})


@transaction.atomic
def begin_rolling_back(project: ProjectView, run_id: int, *, by: int | None = None) -> None:
    """Put the earlier version into force again and take the run's seats back.

    Raises Conflict once somebody has had one of its seats, or the policy was changed again.
    """
    catalog.lock_project(project.id)
    _of(project, run_id)
    run = runs.locked_run(run_id)
    if run.state not in {PolicyRun.State.RUNNING, PolicyRun.State.DONE}:
        raise Conflict("This re-decision was rolled back already.")
    if project_view(project.id).policy.id != run.after_id:
        raise Conflict("The policy was changed again since. Apply the one you want instead.")
    if not labeling.take_back_seats(run.pk, project_id=run.project_id):
        message = (
            "Work has begun on what this policy opened: somebody has, or had, one of its seats. "
            "Apply the earlier policy instead; nothing that was answered is lost then."
        )
        raise Conflict(message)
    catalog.restore_policy(project_id=project.id, version_id=run.before_id, actor=by)
    runs.turn_back(run)
    _event("policy.rolled_back", run, by, {"run": run.pk})


@transaction.atomic
def roll_back(actor: Actor, slug: str, run_id: int) -> str:
    """Roll a run back; return the id of the job that restores its decisions.

    Raises Conflict as :func:`begin_rolling_back`, NotFound, NotAllowed.
    """
    project = project_for(actor, slug, MANAGERS)
    begin_rolling_back(project, run_id, by=actor.id)
    return jobs.start(actor, slug, Job.Kind.ROLL_BACK, {"run": run_id})


def carry_on(run_id: int, *, progress: Progress = SILENT, batch: int = BATCH) -> Mapping[str, int]:
    """Decide again whatever a run has not looked at yet; return its counts.

    May be stopped between two batches and called again; two at once share the work. Raises
    Conflict when the run is rolled back meanwhile.
    """
    return _batches(lambda: _forward(run_id, batch), run_id, progress, "items")


def carry_back(
    run_id: int, *, progress: Progress = SILENT, batch: int = BATCH
) -> Mapping[str, int]:
    """Restore what a run changed, as far as that is still to do; return its counts."""
    return _batches(lambda: _backward(run_id, batch), run_id, progress, "back")


def _batches(
    step: Callable[[], PolicyRun | None], run_id: int, progress: Progress, name: str
) -> Mapping[str, int]:
    counts: Mapping[str, int] = {}
    while (row := step()) is not None:
        counts = row.counts
        progress.step(counts.get(name, 0), item_count(row.project_id))
    return counts or PolicyRun.objects.values_list("counts", flat=True).get(pk=run_id)


@transaction.atomic
def _forward(run_id: int, batch: int) -> PolicyRun | None:
    """Decide the next items again; None once there are none."""
    run = runs.locked_run(run_id)
    if run.state == PolicyRun.State.DONE:
        return None
    if run.state != PolicyRun.State.RUNNING:
        raise Conflict("This re-decision was rolled back.")
    project = project_view(run.project_id)
    ids = _next_items(run, batch)
    if not ids or project.policy.id != run.after_id:
        # Under a policy that came later there is nothing left to do for this one.
        runs.end_run(run, PolicyRun.State.DONE)
        derived.mark_due(ids)
        _event("policy.redecided", run, run.created_by, {"run": run.pk, **run.counts})
        return None
    tally = advance(project, ids, Occasion(run=run.pk))
    runs.note_step(run, cursor=ids[-1], counts=_counts(tally))
    return run


@transaction.atomic
def _backward(run_id: int, batch: int) -> PolicyRun | None:
    """Restore the next items; None once there are none."""
    run = runs.locked_run(run_id)
    if run.state != PolicyRun.State.ROLLING_BACK:
        return None
    ids = _next_items(run, batch)
    if not ids:
        runs.end_run(run, PolicyRun.State.ROLLED_BACK)
        _event("policy.restored_decisions", run, run.created_by, {"run": run.pk, **run.counts})
        return None
    derived.lock_items(ids)
    reopened = labeling.reopen_seats(run.pk, ids, project_id=run.project_id)
    restored = runs.restore(run, ids)
    project = project_view(run.project_id)
    changed = keys_since(run.pk, ids)
    advance(project, [item for item in ids if item not in changed])
    # What was decided then rests on answers that were set aside, or came back, since.
    keys = frozenset(key for keys in changed.values() for key in keys)
    advance(project, list(changed), Occasion(run=run.pk, changed=keys))
    counts = {"back": len(ids), "restored": restored, "seats_reopened": reopened}
    runs.note_step(run, cursor=ids[-1], counts=counts)
    return run


def _next_items(run: PolicyRun, batch: int) -> list[int]:
    rows = Item.objects.filter(project=run.project_id, pk__gt=run.cursor).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:batch])


def _counts(tally: Tally) -> dict[str, int]:
    return {name: getattr(tally, name) for name in COUNTED}


def _of(project: ProjectView, run_id: int) -> RunView:
    found = run_of(project.id, run_id)
    if found is None:
        raise NotFound("There is no such re-decision.")
    return found


def _event(verb: str, run: PolicyRun, by: int | None, data: Mapping[str, object]) -> None:
    audit.record(
        verb=verb,
        subject=f"policy_run:{run.pk}",
        actor=by,
        project=run.project_id,
        data=data,
    )
