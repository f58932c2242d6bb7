"""Which jurors may be asked at all: pauses, and prices that nobody accepted yet."""

from __future__ import annotations

from annotator.panel.models import MAX_REASON, Juror


def pause_jurors(project_id: int, *, reason: str, juror: str | None = None) -> None:
    """Stop asking a project's jurors; nothing is lost, what is queued waits."""
    rows = Juror.objects.filter(project=project_id)
    if juror is not None:
        rows = rows.filter(name=juror)
    rows.update(paused_reason=reason[:MAX_REASON])


def pause_version(version_id: int, *, reason: str) -> None:
    """Pause the juror of a version."""
    Juror.objects.filter(versions=version_id).update(paused_reason=reason[:MAX_REASON])


def resume_jurors(project_id: int, *, juror: str | None = None) -> None:
    """Go on asking a project's jurors."""
    rows = Juror.objects.filter(project=project_id)
    if juror is not None:
        rows = rows.filter(name=juror)
    rows.update(paused_reason="")


def accept_prices(project_id: int) -> None:
    """Let a project's jurors of unknown price be asked."""
    Juror.objects.filter(project=project_id).update(price_accepted=True)
