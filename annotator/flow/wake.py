"""Ringing the workers' bell. A ring that is lost costs one sweep, never work."""

from __future__ import annotations

import logging

from celery import current_app
from django.conf import settings

log = logging.getLogger(__name__)


def wake_workers() -> None:
    """Ask a worker to look at the queues now; without a broker the sweep will."""
    if not settings.BROKER_SHARED:
        return
    try:
        current_app.send_task("annotator.flow.tasks.sweep", ignore_result=True, retry=False)
    except Exception:
        log.warning("the broker did not take a ring; the sweep will", exc_info=True)
