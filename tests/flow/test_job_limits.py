"""Long jobs leave room for what must not wait, and a job that kills its worker is given up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from annotator.audit.models import Event
from annotator.catalog.queries import ProjectView
from annotator.core import dbtime
from annotator.flow import jobs
from annotator.flow.jobs import MOST_ATTEMPTS, JobProgress, Room
from annotator.flow.models import Job
from tests.factories import make_project

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """The worker is gone: nothing of it runs any more, and nothing is written."""


class Deadly:
    """Work that takes its worker with it, so many times."""

    def __init__(self, times: int) -> None:
        self.left = times
        self.began = 0

    def __call__(self, job: Job, progress: JobProgress) -> Mapping[str, object]:
        """Die, or be done."""
        self.began += 1
        if self.left:
            self.left -= 1
            raise Killed
        return {"fine": True}


@pytest.fixture
def project() -> ProjectView:
    return make_project(people=0)


def queued(project: ProjectView) -> Job:
    name = jobs.queue(project.id, Job.Kind.FREEZE, {})
    return Job.objects.get(public_id=name)


def lives(work: Deadly, times: int) -> None:
    """Start workers one after the other, each after the lease of the one before ran out."""
    for _ in range(times):
        try:
            jobs.run_waiting({Job.Kind.FREEZE: work})
        except Killed:
            Job.objects.update(lease_until=dbtime.now() - timedelta(seconds=1))


def test_a_job_that_kills_its_worker_is_given_up(project: ProjectView) -> None:
    job, work = queued(project), Deadly(times=99)
    lives(work, MOST_ATTEMPTS + 3)
    job.refresh_from_db()
    assert work.began == MOST_ATTEMPTS
    assert (job.state, job.ended_at is not None) == (Job.State.FAILED, True)
    assert "ended 3 times" in job.error
    assert Event.objects.get(verb="job.given_up").subject == f"job:{job.pk}"


def test_a_worker_that_was_killed_by_chance_costs_nothing(project: ProjectView) -> None:
    job, work = queued(project), Deadly(times=MOST_ATTEMPTS - 1)
    lives(work, MOST_ATTEMPTS)
    job.refresh_from_db()
    assert (job.state, job.result) == (Job.State.DONE, {"fine": True})


def test_a_worker_that_is_told_to_end_hands_its_jobs_back(project: ProjectView) -> None:
    """A deploy in the middle of a long job is no failure of the job, however often it comes."""
    job, room = queued(project), Room()
    for _ in range(MOST_ATTEMPTS + 2):

        def ends(_: Job, progress: JobProgress) -> Mapping[str, object]:
            assert room.hand_back() == 1
            raise Killed

        with pytest.raises(Killed):
            jobs.run_waiting_in(room, {Job.Kind.FREEZE: ends})
    job.refresh_from_db()
    assert (job.state, job.attempts, job.owner) == (Job.State.QUEUED, 0, "")


def test_jobs_beyond_the_room_wait(project: ProjectView) -> None:
    first, second, room = queued(project), queued(project), Room(1)
    ran: list[int] = []

    def one(job: Job, progress: JobProgress) -> Mapping[str, object]:
        ran.append(jobs.run_waiting_in(room, {Job.Kind.FREEZE: one}))
        return {}

    assert jobs.run_waiting_in(room, {Job.Kind.FREEZE: one}) == 2
    assert ran == [0, 0]
    assert set(
        Job.objects.filter(pk__in=[first.pk, second.pk]).values_list("state", flat=True)
    ) == {Job.State.DONE}
