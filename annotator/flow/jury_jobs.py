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
