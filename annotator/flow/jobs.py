"""Long work: rows that a worker claims by lease, with progress, stop and resume."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, Q

from annotator.accounts.queries import Actor
from annotator.audit import services as audit
from annotator.catalog.models import Project
from annotator.catalog.queries import MANAGERS, project_for, role_of
from annotator.core import dbtime
from annotator.core.errors import Conflict, DomainError, NotFound
from annotator.core.ids import secret
from annotator.flow.models import Job
from annotator.flow.wake import wake_workers

log = logging.getLogger(__name__)

LEASE: Final = timedelta(seconds=60)
RENEW_EVERY: Final = timedelta(seconds=5)
MOST_ATTEMPTS: Final = 3
"""So often a job may end its worker before it is given up."""
WAITING: Final = (Job.State.QUEUED, Job.State.RUNNING)


class Stopped(Exception):
    """Somebody asked the job to stop; what was done stays."""


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as pages and the API show it."""

    public_id: str
    project: str
    kind: str
    state: str
    done: int
    total: int | None
    result: Mapping[str, object] | None
    error: str
    created_at: datetime
    ended_at: datetime | None

    @property
    def running(self) -> bool:
        """Whether it is still going to change."""
        return self.state in WAITING


class JobProgress:
    """Writes a job's progress, keeps its lease, and raises Stopped when that was asked for."""

    def __init__(self, job_id: int, owner: str) -> None:
        self._job_id = job_id
        self._owner = owner
        self._next = dbtime.now()

    def step(self, done: int, total: int | None) -> None:
        """Store progress at most every few seconds; raises Stopped."""
        now = dbtime.now()
        if now < self._next and done != total:
            return
        self._next = now + RENEW_EVERY / 10
        held = Job.objects.filter(pk=self._job_id, owner=self._owner, state=Job.State.RUNNING)
        if held.filter(stop_requested=True).exists():
            raise Stopped
        if not held.update(done=done, total=total, lease_until=now + LEASE):
            raise Stopped


Work = Callable[[Job, JobProgress], Mapping[str, object]]
"""Does a job; returns its result as JSON."""


def _view(row: Job) -> JobView:
    return JobView(
        public_id=row.public_id,
        project=row.project.slug,
        kind=row.kind,
        state=row.state,
        done=row.done,
        total=row.total,
        result=row.result,
        error=row.error,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )


@transaction.atomic
def start(actor: Actor, slug: str, kind: str, payload: Mapping[str, object]) -> str:
    """Queue a job and return its public id.

    Raises Conflict while one of the same kind is waiting, NotFound, NotAllowed.
    """
    project = project_for(actor, slug, MANAGERS)
    Project.objects.select_for_update(no_key=True).get(pk=project.id)  # one start after the other
    if kind != Job.Kind.IMPORT_ITEMS and waiting(project.id, kind):
        raise Conflict("Such a job is running already.")
    return queue(project.id, kind, payload, by=actor.id)


def waiting(project_id: int, kind: str) -> bool:
    """Return whether a job of this kind waits or runs in a project."""
    return Job.objects.filter(project=project_id, kind=kind, state__in=WAITING).exists()


@transaction.atomic
def queue(
    project_id: int, kind: str, payload: Mapping[str, object], *, by: int | None = None
) -> str:
    """Queue a job for whoever asked, the system where nobody did; return its public id."""
    job = Job.objects.create(project_id=project_id, kind=kind, payload=dict(payload), created_by=by)
    audit.record(verb=f"job.{kind}", subject=f"job:{job.pk}", actor=by, project=project_id)
    transaction.on_commit(wake_workers)
    return job.public_id


@transaction.atomic
def record(actor: Actor, slug: str, kind: str, result: Mapping[str, object]) -> str:
    """Store work that is done already as a finished job; return its public id.

    Raises NotFound, NotAllowed.
    """
    project = project_for(actor, slug, MANAGERS)
    job = Job.objects.create(
        project_id=project.id,
        kind=kind,
        state=Job.State.DONE,
        result=dict(result),
        created_by=actor.id,
        ended_at=dbtime.now(),
    )
    return job.public_id


def _visible(actor: Actor, public_id: str) -> Job:
    row = Job.objects.select_related("project").filter(public_id=public_id).first()
    if row is None or role_of(actor, row.project_id) not in MANAGERS:
        raise NotFound("There is no such job.")
    return row


def view(actor: Actor, public_id: str) -> JobView:
    """Return a job; raises NotFound."""
    return _view(_visible(actor, public_id))


def listing(actor: Actor, slug: str, limit: int = 20) -> tuple[JobView, ...]:
    """Return a project's latest jobs, newest first."""
    project = project_for(actor, slug, MANAGERS)
    rows = Job.objects.select_related("project").filter(project=project.id).order_by("-pk")
    return tuple(_view(row) for row in rows[:limit])


@transaction.atomic
def stop(actor: Actor, public_id: str) -> JobView:
    """Ask a job to stop between two transactions; return it. Raises NotFound."""
    row = _visible(actor, public_id)
    Job.objects.filter(pk=row.pk, state=Job.State.QUEUED).update(
        state=Job.State.STOPPED, ended_at=dbtime.now()
    )
    Job.objects.filter(pk=row.pk, state=Job.State.RUNNING).update(stop_requested=True)
    audit.record(verb="job.stop", subject=f"job:{row.pk}", actor=actor.id, project=row.project_id)
    row.refresh_from_db()
    return _view(row)


def _claim(owner: str) -> Job | None:
    """Take the oldest waiting job, also one whose worker died, unless it killed too many."""
    now = dbtime.now()
    _give_up(now)
    free = Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, lease_until__lt=now)
    for pk in Job.objects.filter(free).order_by("pk").values_list("pk", flat=True)[:10]:
        taken = Job.objects.filter(free, pk=pk).update(
            state=Job.State.RUNNING,
            owner=owner,
            lease_until=now + LEASE,
            attempts=F("attempts") + 1,
        )
        if taken:
            return Job.objects.select_related("project").get(pk=pk)
    return None


def _give_up(now: datetime) -> None:
    """End jobs whose workers died again and again: what kills one worker kills the next."""
    dead = Job.objects.filter(
        state=Job.State.RUNNING, lease_until__lt=now, attempts__gte=MOST_ATTEMPTS
    )
    error = f"Its worker ended {MOST_ATTEMPTS} times in the middle of it; the log may say why."
    for pk, project in dead.values_list("pk", "project_id"):
        if dead.filter(pk=pk).update(
            state=Job.State.FAILED, error=error, ended_at=now, lease_until=None, owner=""
        ):
            audit.record(verb="job.given_up", subject=f"job:{pk}", actor=None, project=project)


class Room:
    """How many long jobs a worker does at once: its other threads are for what must not wait."""

    def __init__(self, most: int = 1) -> None:
        self.most = most
        self._lock = threading.Lock()
        self._owners: set[str] = set()

    def enter(self, owner: str) -> bool:
        """Return whether there was room for one more, who has it now."""
        with self._lock:
            if len(self._owners) >= self.most:
                return False
            self._owners.add(owner)
            return True

    def leave(self, owner: str) -> None:
        """Make room."""
        with self._lock:
            self._owners.discard(owner)

    def hand_back(self) -> int:
        """Queue again what is running here, as if nobody had tried: the worker is told to end."""
        with self._lock:
            owners = sorted(self._owners)
        running = Job.objects.filter(owner__in=owners, state=Job.State.RUNNING)
        return running.update(
            state=Job.State.QUEUED, owner="", lease_until=None, attempts=F("attempts") - 1
        )


def run_waiting_in(room: Room, work: Mapping[str, Work]) -> int:
    """Run waiting jobs one after the other if there is room; return how many."""
    owner = secret()
    if not room.enter(owner):
        return 0
    try:
        return run_waiting(work, owner)
    finally:
        room.leave(owner)


def run_waiting(work: Mapping[str, Work], owner: str = "") -> int:
    """Run waiting jobs one after the other, as this owner or a new one; return how many."""
    owner = owner or secret()
    count = 0
    while True:
        job = _claim(owner)
        if job is None:
            return count
        count += 1
        _run(job, owner, work[job.kind])


def _run(job: Job, owner: str, work: Work) -> None:
    end: dict[str, object]
    try:
        result = work(job, JobProgress(job.pk, owner))
        end = {"state": Job.State.DONE, "result": dict(result), "error": ""}
    except Stopped:
        end = {"state": Job.State.STOPPED}
    except DomainError as error:
        end = {"state": Job.State.FAILED, "error": error.message}
    except OSError as error:
        end = {"state": Job.State.FAILED, "error": error.strerror or "The disk refused."}
    except Exception:  # the worker's edge: a job that breaks must end, not come back for ever
        log.exception("job %s broke", job.public_id)
        end = {"state": Job.State.FAILED, "error": "An unexpected error; the log holds it."}
    Job.objects.filter(pk=job.pk, owner=owner).update(
        **end, ended_at=dbtime.now(), lease_until=None
    )
