"""Writing events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from annotator.audit.models import Event
from annotator.core.prepared_writes import PreparedInsert

_EVENTS: Final = PreparedInsert(Event)
_GATHERED: ContextVar[list[Event] | None] = ContextVar("gathered events", default=None)


@contextmanager
def gathered() -> Iterator[None]:
    """Write the events of this block together at its end, in their order.

    The block belongs inside one transaction; an error that leaves it drops its events with the
    rest. Blocks may be nested: the outermost one writes.
    """
    if _GATHERED.get() is not None:
        yield
        return
    events: list[Event] = []
    token = _GATHERED.set(events)
    try:
        yield
    finally:
        _GATHERED.reset(token)
    _EVENTS(events)


def record(
    *,
    verb: str,
    subject: str,
    actor: int | None,
    project: int | None = None,
    data: Mapping[str, object] | None = None,
) -> None:
    """Append an event: ids and digests only, never text or names."""
    event = Event(verb=verb, subject=subject, actor=actor, project=project, data=dict(data or {}))
    waiting = _GATHERED.get()
    if waiting is None:
        _EVENTS([event])
    else:
        waiting.append(event)
