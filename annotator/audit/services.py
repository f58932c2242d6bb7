"""Writing events."""

from __future__ import annotations

from collections.abc import Mapping

from annotator.audit.models import Event


def record(
    *,
    verb: str,
    subject: str,
    actor: int | None,
    project: int | None = None,
    data: Mapping[str, object] | None = None,
) -> None:
    """Append an event: ids and digests only, never text or names."""
    Event.objects.create(
        verb=verb, subject=subject, actor=actor, project=project, data=dict(data or {})
    )
