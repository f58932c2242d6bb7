"""Ringing the workers' bell. A ring that is lost costs one sweep, never work."""

from __future__ import annotations

import logging
import time
from typing import Final

from celery import current_app
from django.conf import settings

log = logging.getLogger(__name__)

QUIET_SECONDS: Final = 5.0


class Bell:
    """This process's way to the workers; a lost broker is left in peace for a while."""

    def __init__(self) -> None:
        self._quiet_until = 0.0

    def ring(self) -> None:
        """Ring once; a person's request never waits long for a broker that is away."""
        if time.monotonic() < self._quiet_until:
            return
        try:
            current_app.send_task("annotator.flow.tasks.sweep", ignore_result=True, retry=False)
        except Exception:
            self._quiet_until = time.monotonic() + QUIET_SECONDS
            log.warning("the broker did not take a ring; the sweep will", exc_info=True)


_BELL = Bell()


def wake_workers() -> None:
    """Ask a worker to look at the queues now; without a broker the sweep will."""
    if settings.BROKER_SHARED:
        _BELL.ring()
