"""From queued inquiries to stored opinions, by one event loop per process."""

from __future__ import annotations

import asyncio
import functools
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from random import SystemRandom
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import close_old_connections

from annotator.core.errors import Invalid, Unavailable
from annotator.core.ids import secret
from annotator.flow.bench import specification, within_budget
from annotator.flow.briefs import Briefs
from annotator.flow.wake import wake_workers
from annotator.panel import permits, queries, queue
from annotator.panel.limiter import RedisLimiter
from annotator.panel.models import JurorVersion
from jury.deliberation import Deliberation, Queue, Seat, Tally
from jury.dialects.registry import get as dialect_of
from jury.limits import Limiter, LocalLimiter
from jury.opinion import JurorSpec, Outcome, Task
from jury.providers.openai import OpenAIProvider

MAX_IN_FLIGHT = 128


class Pump:
    """This process's jury: one loop in a thread of its own, one client per juror version.

    A round claims, asks and flushes until nothing is queued or its time is up.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._benches: dict[tuple[JurorSpec, ...], Deliberation] = {}
        self._limiter: Limiter | None = None
        self._stop: asyncio.Event | None = None

    def round(self, seconds: float, project_id: int | None = None) -> Tally | None:
        """Run one round of at most so many seconds, for one project or for all.

        Returns None if another round runs or nothing waits.
        """
        if not self._lock.acquire(blocking=False):
            return None
        try:
            versions = queries.waiting_versions(project_id)
            if not versions:
                return None
            loop = self._running_loop()
            future = asyncio.run_coroutine_threadsafe(self._round(versions, seconds), loop)
            return future.result()
        finally:
            self._lock.release()

    def close(self) -> None:
        """Let a running round claim nothing more, finish or release, and flush."""
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            with self._lock:
                pass

    def finish(self) -> None:
        """Close the connections of all jurors; a later round opens them again."""
        with self._lock:
            if self._loop is not None:
                asyncio.run_coroutine_threadsafe(self._close_benches(), self._loop).result()

    async def _close_benches(self) -> None:
        while self._benches:
            _, bench = self._benches.popitem()
            await bench.aclose()

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=self._loop.run_forever, name="jury", daemon=True).start()
        return self._loop

    async def _round(self, versions: Sequence[int], seconds: float) -> Tally:
        bench = await self._bench(await asyncio.to_thread(in_database(_specs), versions))
        self._stop = self._stop or asyncio.Event()
        owner = secret()
        briefs = Briefs()
        lease = settings.JURY_LEASE_SECONDS

        def claim(room: Mapping[str, int]) -> list[Task]:
            with_budget = within_budget({int(name): count for name, count in room.items()})
            return briefs.tasks(queue.claim(owner=owner, room=with_budget, lease_seconds=lease))

        def flush(outcomes: Sequence[Outcome]) -> None:
            queue.flush(owner=owner, outcomes=outcomes)
            wake_workers()

        def renew(ids: Sequence[int]) -> None:
            queue.renew(owner=owner, inquiry_ids=ids, lease_seconds=lease)

        tally = await bench.run(
            Queue(
                claim=_threaded(claim),
                flush=_threaded(flush),
                renew=_threaded(renew),
                lease_seconds=lease,
            ),
            stop=self._stop,
            deadline=time.monotonic() + seconds,
        )
        for name, reason in tally.paused.items():
            await asyncio.to_thread(in_database(permits.pause_version), int(name), reason=reason)
            bench.resume(name)
        return tally

    async def _bench(self, specs: Sequence[JurorSpec]) -> Deliberation:
        """Return the deliberation of these jurors; it keeps what it learnt of them.

        A juror whose settings are others now (a key, a limit, a price) is learnt anew.
        """
        now = {spec.name: spec for spec in specs}
        stale = [
            key for key in self._benches if any(now.get(spec.name, spec) != spec for spec in key)
        ]
        for key in stale:
            await self._benches.pop(key).aclose()
        key = tuple(specs)
        self._limiter = self._limiter or _limiter(time.monotonic)
        if key not in self._benches:
            self._benches[key] = Deliberation(
                seats={
                    spec.name: Seat(spec, OpenAIProvider(spec), dialect_of(spec.dialect))
                    for spec in specs
                },
                clock=time.monotonic,
                rng=SystemRandom(),
                limiter=self._limiter,
                max_in_flight=MAX_IN_FLIGHT,
            )
        return self._benches[key]


def _specs(versions: Sequence[int]) -> list[JurorSpec]:
    """Return how these juror versions are reached, in order; who cannot be is paused."""
    specs = []
    rows = JurorVersion.objects.select_related("juror__project").filter(pk__in=versions)
    for version in rows.order_by("pk"):
        try:
            specs.append(specification(version))
        except (Unavailable, Invalid) as error:
            permits.pause_version(version.pk, reason=error.message)
    return specs


def _limiter(clock: Callable[[], float]) -> Limiter:
    """Return who paces the jurors: Redis for all processes, else this process for itself."""
    if settings.BROKER_SHARED:
        return RedisLimiter(settings.CELERY_BROKER_URL)
    return LocalLimiter(clock)


P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")


def in_database(function: Callable[P, T]) -> Callable[P, T]:
    """Return `function` for a worker thread: stale database connections are dropped first."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        close_old_connections()
        return function(*args, **kwargs)

    return call


def _threaded(function: Callable[[T], R]) -> Callable[[T], Awaitable[R]]:
    async def call(argument: T) -> R:
        return await asyncio.to_thread(in_database(function), argument)

    return call
