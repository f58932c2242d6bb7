"""Asking the jury as a job: what the buttons and the API start."""

from __future__ import annotations

from django.db import transaction

from annotator.accounts.queries import Actor
from annotator.flow import jobs, jury
from annotator.flow.models import Job


@transaction.atomic
def start(actor: Actor, slug: str, *, retry_failed: bool = False) -> str:
    """Let paused jurors go on and queue a run of the jury; return the job's public id.

    Raises Conflict while such a job is waiting (nothing is changed then), NotFound, NotAllowed.
    """
    jury.unpause(actor, slug)
    return jobs.start(actor, slug, Job.Kind.JURY, {"retry_failed": retry_failed})


@transaction.atomic
def control(actor: Actor, slug: str, action: str) -> str:
    """Pause, resume or stop the jury at once; return the id of the finished job that tells it.

    Its result is `{"touched": n}`, the number of inquiries. Raises Invalid for an unknown action,
    NotFound, NotAllowed.
    """
    touched = jury.control(actor, slug, action)
    return jobs.record(actor, slug, Job.Kind.JURY, {"touched": touched})
