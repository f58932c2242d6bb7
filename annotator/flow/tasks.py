"""What Celery runs. Tasks carry no work of their own: the database is the queue of record."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from pathlib import Path

from celery import shared_task
from django.conf import settings

from annotator.accounts.queries import actor
from annotator.catalog.queries import project_view
from annotator.core import dbtime
from annotator.flow import asides, intake, jobs, redecide, refits, releases, stored_votes, whatif
from annotator.flow.jobs import JobProgress, Stopped, Work
from annotator.flow.jury import ask
from annotator.flow.models import Beat, Job
from annotator.flow.plan import BATCH
from annotator.flow.pump import Pump
from annotator.flow.steps import advance_marked
from annotator.intake import derived, state_counts
from annotator.labeling import services as labeling
from annotator.panel import queries as panel
from annotator.panel import queue
from annotator.quality import counts, shelves
from annotator.quality.queries.figures import everything
from annotator.quality.queries.intervals import every_interval
from annotator.quality.queries.stored import is_small

log = logging.getLogger(__name__)

ROUND_SECONDS = 60.0
POLL_SECONDS = 0.5

PUMP = Pump()
JOBS = jobs.Room()


@shared_task(ignore_result=True, acks_late=True)
def fold() -> None:
    """Add what changed to the counts of states and of agreement; and what rests on passes over all."""
    fold_states()
    fold_counts()
    store_figures()


@shared_task(ignore_result=True, acks_late=True)
def sweep() -> None:
    """Heal what rested: expired leases, due items, waiting jobs, queued inquiries."""
    run_sweep()
    if panel.waiting_versions():
        pump.delay()
    if Job.objects.filter(state__in=jobs.WAITING).exists():
        run_jobs.delay()


def run_sweep() -> dict[str, int]:
    """Do one sweep without asking anybody; return what it healed."""
    healed = {
        "seats_returned": labeling.return_expired_seats(),
        "inquiries_returned": queue.return_expired(),
        "inquiries_ended": queue.end_superseded(),
        "items_advanced": advance_due(),
        "deltas_folded": fold_counts(),
        "states_folded": fold_states(),
    }
    Beat.objects.update_or_create(name="sweep", defaults={"at": dbtime.now()})
    return healed


def fold_states() -> int:
    """Fold all that changed its state into the counts; return how many rows said so.

    A failure is logged and stops nothing else: what is pending counts all the same.
    """
    folded = 0
    try:
        while done := state_counts.fold():
            folded += done
    except Exception:
        log.exception("the counts of states were not folded")
    return folded


def fold_counts() -> int:
    """Fold all pending deltas; return how many. A project that fails is logged; it stops no other."""
    folded = 0
    for project_id in counts.waiting():
        try:
            while done := counts.fold(project_view(project_id)):
                folded += done
        except Exception:
            log.exception("the counts of project %s were not folded", project_id)
    return folded


def store_figures() -> int:
    """Compute the stored figures of large projects that have changed; return how many.

    Intervals first: they take seconds, a pass over all votes minutes.
    """
    stored = 0
    for project_id in counts.counted():
        project = project_view(project_id)
        if is_small(project):
            continue
        if shelves.claim(project_id, "intervals"):
            stored += shelves.store(project_id, every_interval(project), "intervals")
        if shelves.claim(project_id, "figures"):
            stored += shelves.store(project_id, everything(project))
    return stored


def advance_due() -> int:
    """Advance all due items, 500 at a time; return how many.

    A project whose items cannot be advanced is logged and left due; it holds up no other.
    """
    count = 0
    broken: set[int] = set()
    while due := derived.due_items(BATCH, without=broken):
        by_project: dict[int, list[int]] = {}
        for project_id, item_id in due:
            by_project.setdefault(project_id, []).append(item_id)
        for project_id, items in by_project.items():
            try:
                advance_marked(project_view(project_id), items)
            except Exception:
                log.exception("project %s cannot be advanced", project_id)
                broken.add(project_id)
            else:
                count += len(items)
    return count


@shared_task(ignore_result=True, acks_late=True)
def pump() -> None:
    """Ask the jury for up to a minute; then let the next ring go on."""
    tally = PUMP.round(ROUND_SECONDS)
    advance_due()
    if tally is not None and not tally.drained and not tally.paused:
        pump.delay()


@shared_task(ignore_result=True, acks_late=True)
def propose_fits() -> None:
    """Queue a fit wherever enough votes came; what it proposes waits for a manager."""
    if refits.queue_due():
        run_jobs.delay()
    Beat.objects.update_or_create(name="refit", defaults={"at": dbtime.now()})


@shared_task(ignore_result=True, acks_late=True)
def run_jobs() -> None:
    """Run the waiting jobs, as far as there is room; the sweep rings again for the others."""
    jobs.run_waiting_in(JOBS, WORK)


def _import_items(job: Job, progress: JobProgress) -> Mapping[str, object]:
    path = Path(settings.CONCORD_HOME) / str(job.payload["path"])
    result = intake.import_items(
        path,
        project=project_view(job.project_id),
        filename=str(job.payload.get("filename", path.name)),
        mapping=job.payload.get("mapping", {}),
        actor=job.created_by,
        progress=progress,
    )
    return _without_home(result.document())


def _import_votes(job: Job, progress: JobProgress) -> Mapping[str, object]:
    path = Path(settings.CONCORD_HOME) / str(job.payload["path"])
    result = stored_votes.import_votes(
        path,
        project=project_view(job.project_id),
        actor=job.created_by,
        progress=progress,
    )
    return _without_home(result.document())


def _without_home(document: Mapping[str, object]) -> dict[str, object]:
    """Return an import's report with its errors file as clients see it: inside the data folder."""
    path = document["errors_file"]
    shown = Path(str(path)).relative_to(settings.CONCORD_HOME).as_posix() if path else None
    return {**document, "errors_file": shown}


def _jury(job: Job, progress: JobProgress) -> Mapping[str, object]:
    """Ask everybody who has not been asked, and wait until all inquiries ended."""
    project = project_view(job.project_id)
    queued = ask(project, retry_failed=bool(job.payload.get("retry_failed")))
    total = panel.unfinished(project.id)
    try:
        while left := panel.unfinished(project.id):
            tally = PUMP.round(POLL_SECONDS * 10, project.id)
            if tally is None or not tally.calls:  # others ask, or all wait for their next try
                time.sleep(POLL_SECONDS)
            advance_due()
            total = max(total, left)
            progress.step(total - left, total)
            if not panel.waiting_versions(project.id) and not panel.leased(project.id):
                break
    except Stopped:
        queue.withdraw_queued(project.id)
        raise
    return {"queued": queued, "opinions": panel.progress(project.id)}


def _freeze(job: Job, progress: JobProgress) -> Mapping[str, object]:
    who = actor(job.created_by) if job.created_by else None
    release = releases.freeze(
        job.project_id,
        actor=who,
        overrides=job.payload.get("overrides", {}),
        progress=progress,
    )
    return {"release": release.number, "sha256": release.sha256}


def _whatif(job: Job, progress: JobProgress) -> Mapping[str, object]:
    """Report on a policy; its version says what the figures were about."""
    project = project_view(job.project_id)
    fits = [int(each) for each in job.payload.get("fits", [])]
    wanted = (
        refits.accepted(project, fits)
        if fits
        else whatif.wish(project, str(job.payload["name"]), dict(job.payload["options"]))
    )
    slider = bool(job.payload.get("slider", not fits))
    found = whatif.what_if(project, wanted, slider=slider, progress=progress)
    return {**found, "fits": fits}


def _redecide(job: Job, progress: JobProgress) -> Mapping[str, object]:
    return redecide.carry_on(int(job.payload["run"]), progress=progress)


def _roll_back(job: Job, progress: JobProgress) -> Mapping[str, object]:
    return redecide.carry_back(int(job.payload["run"]), progress=progress)


def _set_aside(job: Job, progress: JobProgress) -> Mapping[str, object]:
    return asides.carry_on(int(job.payload["run"]), progress=progress)


def _refit(job: Job, progress: JobProgress) -> Mapping[str, object]:
    made = refits.propose_fits(project_view(job.project_id), by=job.created_by, progress=progress)
    return {"proposed": len(made)}


WORK: Mapping[str, Work] = {
    Job.Kind.IMPORT_ITEMS: _import_items,
    Job.Kind.IMPORT_VOTES: _import_votes,
    Job.Kind.JURY: _jury,
    Job.Kind.FREEZE: _freeze,
    Job.Kind.WHATIF: _whatif,
    Job.Kind.REDECIDE: _redecide,
    Job.Kind.ROLL_BACK: _roll_back,
    Job.Kind.REFIT: _refit,
    Job.Kind.SET_ASIDE: _set_aside,
}
