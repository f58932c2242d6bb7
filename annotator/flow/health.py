"""Whether the house stands: what /readyz and /metrics tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import redis
from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count, Model

from annotator.core import dbtime
from annotator.flow.models import Beat, Job
from annotator.intake.models import Item
from annotator.labeling.models import Assignment
from annotator.panel.models import Inquiry

VERSION: Final = "0.1.0"
CONTRACT: Final = 1
SWEEP: Final = "sweep"
PING_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Readiness:
    """What answers and what does not; the sweep's age in seconds, None if there was none."""

    database: bool
    broker: bool
    worker: bool
    sweep_age_seconds: float | None

    @property
    def ready(self) -> bool:
        """Whether all answer."""
        return self.database and self.broker and self.worker


@dataclass(frozen=True, slots=True)
class Measure:
    """One sample: a name, labels, and a number."""

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


def readiness() -> Readiness:
    """Return whether database, broker and worker answer; never raises for one that is away."""
    broker = _broker_answers()
    try:
        age = sweep_age()
    except DatabaseError:
        return Readiness(database=False, broker=broker, worker=False, sweep_age_seconds=None)
    limit = timedelta(seconds=max(3 * settings.SWEEP_SECONDS, 15))
    alive = age is not None and age <= limit.total_seconds()
    return Readiness(database=True, broker=broker, worker=alive, sweep_age_seconds=age)


def sweep_age() -> float | None:
    """Return how many seconds ago the last sweep ran, by the database's clock."""
    beat = Beat.objects.filter(name=SWEEP).first()
    return round((dbtime.now() - beat.at).total_seconds(), 1) if beat else None


def _broker_answers() -> bool:
    """Ping Redis; without one the broker lives in the worker's own process."""
    if not settings.BROKER_SHARED:
        return True
    client = redis.Redis.from_url(
        str(settings.CELERY_BROKER_URL),
        socket_connect_timeout=PING_SECONDS,
        socket_timeout=PING_SECONDS,
    )
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def measures() -> tuple[Measure, ...]:
    """Return the counts that monitoring reads, over all projects."""
    counted: tuple[tuple[str, type[Model]], ...] = (
        ("concord_items", Item),
        ("concord_seats", Assignment),
        ("concord_inquiries", Inquiry),
        ("concord_jobs", Job),
    )
    found = [
        Measure(name, count, {"state": state})
        for name, model in counted
        for state, count in model._default_manager.values_list("state")  # noqa: SLF001 - Django's own name
        .annotate(n=Count("pk"))
        .order_by("state")
    ]
    age = sweep_age()
    if age is not None:
        found.append(Measure("concord_sweep_age_seconds", age))
    return tuple(found)
