"""A person's stretches of work."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db.models import F
from django.db.models.functions import Now

from annotator.core.prepared_writes import PreparedUpdate
from annotator.labeling.models import Session

SESSION_GAP = timedelta(minutes=10)
_NOTE: Final = PreparedUpdate(
    lambda project, person, submitted, skipped, seconds: (
        Session.objects.filter(
            project=project,
            person=person,
            ended_at__isnull=True,
            last_seen_at__gte=Now() - SESSION_GAP,
        ),
        {
            "last_seen_at": Now(),
            "submitted": F("submitted") + submitted,
            "skipped": F("skipped") + skipped,
            "active_seconds": F("active_seconds") + seconds,
        },
    )
)


def note_session(
    *,
    project_id: int,
    person_id: int,
    submitted: int = 0,
    skipped: int = 0,
    seconds: float = 0.0,
) -> None:
    """Add to a person's open session; a gap of ten minutes starts a new one."""

    def add() -> int:
        return _NOTE(
            project=project_id,
            person=person_id,
            submitted=submitted,
            skipped=skipped,
            seconds=seconds,
        )

    if add():
        return
    opened = Session.objects.filter(project=project_id, person=person_id, ended_at__isnull=True)
    opened.filter(last_seen_at__lt=Now() - SESSION_GAP).update(ended_at=F("last_seen_at"))
    Session.objects.get_or_create(project_id=project_id, person_id=person_id, ended_at=None)
    add()
