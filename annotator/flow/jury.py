"""What a manager makes the jury do: ask, pause, go on, stop."""

from __future__ import annotations

from django.db import transaction

from annotator.accounts.queries import Actor
from annotator.audit import services as audit
from annotator.catalog.queries import MANAGERS, ProjectView, project_for
from annotator.core.errors import Invalid, NotFound
from annotator.flow.wake import wake_workers
from annotator.intake.models import Item
from annotator.panel import permits, queue
from annotator.panel.models import Juror

ACTIONS = ("run", "pause", "resume", "stop", "retry_failed")
CHUNK = 1000


def ask(project: ProjectView, *, juror: str | None = None, retry_failed: bool = False) -> int:
    """Queue every item for each juror that has not been asked yet; return how many are new.

    Raises NotFound for an unknown juror.
    """
    names = set(Juror.objects.filter(project=project.id).values_list("name", flat=True))
    if juror is not None and juror not in names:
        message = f"There is no juror {juror!r}; known: {', '.join(sorted(names)) or 'none'}."
        raise NotFound(message)
    queued = queue.retry_failed(project.id, juror=juror) if retry_failed else 0
    last = 0
    while True:
        ids = list(
            Item.objects.filter(project=project.id, pk__gt=last)
            .order_by("pk")
            .values_list("pk", flat=True)[:CHUNK]
        )
        if not ids:
            break
        queued += queue.open_inquiries(project.id, ids, juror=juror)
        last = ids[-1]
    wake_workers()
    return queued


@transaction.atomic
def control(actor: Actor, slug: str, action: str) -> int:
    """Run, pause, resume or stop a project's jury; return how many inquiries it touched.

    Raises Invalid for an unknown action, NotFound, NotAllowed.
    """
    project = project_for(actor, slug, MANAGERS)
    if action not in ACTIONS:
        message = f"Unknown action {action!r}; one of {', '.join(ACTIONS)}."
        raise Invalid(message, fields={"action": message})
    touched = 0
    if action in {"run", "retry_failed"}:
        permits.resume_jurors(project.id)
        touched = ask(project, retry_failed=action == "retry_failed")
    elif action == "pause":
        permits.pause_jurors(project.id, reason="paused by a manager")
    elif action == "resume":  # a manager's word, also on jurors whose price is unknown
        permits.accept_prices(project.id)
        permits.resume_jurors(project.id)
    else:
        touched = queue.withdraw_queued(project.id)
    audit.record(
        verb=f"jury.{action}",
        subject=f"project:{project.id}",
        actor=actor.id,
        project=project.id,
        data={"touched": touched},
    )
    transaction.on_commit(wake_workers)
    return touched


@transaction.atomic
def unpause(actor: Actor, slug: str) -> None:
    """Let paused jurors go on, but for those whose price nobody accepted."""
    project = project_for(actor, slug, MANAGERS)
    permits.resume_jurors(project.id)
    audit.record(
        verb="jury.run",
        subject=f"project:{project.id}",
        actor=actor.id,
        project=project.id,
    )
