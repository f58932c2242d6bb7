"""Asking the jury: from queued inquiries to stored opinions, by one event loop per process."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from random import SystemRandom
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import close_old_connections, transaction

from annotator.accounts.queries import Actor
from annotator.audit import services as audit
from annotator.catalog.queries import MANAGERS, ProjectView, guidelines, project_for, project_view
from annotator.core.digests import ring_position
from annotator.core.errors import Invalid, NotFound, Unavailable
from annotator.core.ids import secret
from annotator.flow.endpoints import SCRIPTED, permitted
from annotator.flow.wake import wake_workers
from annotator.intake.models import Item
from annotator.intake.texts import ItemView, items_with_texts
from annotator.panel import queue
from annotator.panel.limiter import RedisLimiter
from annotator.panel.models import Juror, JurorVersion
from annotator.panel.queue import ClaimedInquiry
from jury.deliberation import Deliberation, Queue, Seat, Tally
from jury.dialects.registry import get as dialect_of
from jury.limits import Limiter, LocalLimiter
from jury.opinion import Asked, Brief, JurorSpec, Message, Outcome, Task
from jury.providers.openai import OpenAIProvider
from jury.providers.scripted import ScriptedServer

log = logging.getLogger(__name__)

ACTIONS = ("run", "pause", "resume", "stop", "retry_failed")
CHUNK = 1000
MAX_IN_FLIGHT = 128
UNKNOWN_PRICE = "its price is unknown; Resume lets it be asked all the same"


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
        queue.resume_jurors(project.id)
        touched = ask(project, retry_failed=action == "retry_failed")
    elif action == "pause":
        queue.pause_jurors(project.id, reason="paused by a manager")
    elif action == "resume":  # a manager's word, also on jurors whose price is unknown
        queue.accept_prices(project.id)
        queue.resume_jurors(project.id)
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
    queue.resume_jurors(project.id)
    audit.record(
        verb="jury.run",
        subject=f"project:{project.id}",
        actor=actor.id,
        project=project.id,
    )


@functools.cache
def scripted_base_url(seed: int) -> str:
    """Return the address of this process's scripted jurors, started on first use."""
    return ScriptedServer(seed=seed).start()


def _spec(version: JurorVersion) -> JurorSpec:
    """Return how a juror is reached. Raises Unavailable naming what is missing."""
    juror = version.juror
    if juror.base_url == SCRIPTED:
        base_url, key = scripted_base_url(juror.project.seed), "scripted"
    else:
        base_url = juror.base_url or settings.OPENAI_BASE_URL or ""
        permitted(base_url)
        key = _key(juror)
    return JurorSpec(
        name=str(version.pk),
        base_url=base_url,
        model=juror.model,
        family=juror.family,
        dialect=juror.dialect,
        api_key=key,
        in_flight=juror.in_flight,
        rpm=juror.rpm,
        tpm=juror.tpm,
        price_in=juror.price_in,
        price_out=juror.price_out,
        timeout_seconds=juror.timeout_seconds,
        attempts=juror.attempts,
    )


def _key(juror: Juror) -> str:
    if not juror.api_key:
        return settings.OPENAI_API_KEY or "none"
    name = juror.api_key.removeprefix("env:")
    value = os.environ.get(name, "")
    if not value:
        message = f"The variable {name} for juror {juror.name} is not set."
        raise Unavailable(message)
    return value


class Briefs:
    """Builds what jurors are asked, reading each project and guideline once."""

    def __init__(self) -> None:
        self._projects: dict[int, tuple[ProjectView, str]] = {}

    def _project(self, project_id: int) -> tuple[ProjectView, str]:
        if project_id not in self._projects:
            rules = guidelines(project_id)
            lines = (
                [f"{section.category}: {section.rule}" for section in rules.sections]
                if rules
                else []
            )
            self._projects[project_id] = (project_view(project_id), "\n".join(lines))
        return self._projects[project_id]

    def tasks(self, claimed: Sequence[ClaimedInquiry]) -> list[Task]:
        """Return the claimed inquiries as tasks."""
        items = items_with_texts({row.item_id for row in claimed})
        return [
            Task(
                id=row.id,
                key=row.public_id,
                juror=str(row.juror_version_id),
                brief=self._brief(row.project_id, items[row.item_id]),
                attempts=row.attempts,
                failures=row.failures,
            )
            for row in claimed
        ]

    def _brief(self, project_id: int, item: ItemView) -> Brief:
        project, guidance = self._project(project_id)
        return build_brief(project, item, guidance)


def build_brief(project: ProjectView, item: ItemView, guidance: str) -> Brief:
    """Return what a juror is told of an item: its texts, the taxonomy, the rules, no votes."""
    asked = []
    for unit in item.units:
        if not project.target(unit.target).jury:
            continue
        turn = next(
            (index for index, turn in enumerate(item.turns) if turn.target == unit.target), None
        )
        asked.append(
            Asked(
                target=unit.target,
                questions=project.questions_for(unit.target),
                text=item.turns[turn].content if turn is not None else None,
                turn=turn,
            )
        )
    return Brief(
        item_key=item.public_id,
        messages=tuple(Message(turn.role, turn.content) for turn in item.turns),
        asked=tuple(asked),
        taxonomy=project.taxonomy,
        guidance=guidance,
        order_seed=ring_position("order", project.seed, item.external_id),
    )


class Pump:
    """This process's jury: one loop in a thread of its own, one client per juror version.

    A round claims, asks and flushes until nothing is queued or its time is up.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._benches: dict[tuple[int, ...], Deliberation] = {}
        self._stop: asyncio.Event | None = None

    def round(self, seconds: float, project_id: int | None = None) -> Tally | None:
        """Run one round of at most so many seconds, for one project or for all.

        Returns None if another round runs or nothing waits.
        """
        if not self._lock.acquire(blocking=False):
            return None
        try:
            versions = queue.waiting_versions(project_id)
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
        bench = await asyncio.to_thread(in_database(self._bench), versions)
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
            Queue(claim=_threaded(claim), flush=_threaded(flush), renew=_threaded(renew)),
            stop=self._stop,
            deadline=time.monotonic() + seconds,
        )
        for name, reason in tally.paused.items():
            await asyncio.to_thread(in_database(queue.pause_version), int(name), reason=reason)
            bench.resume(name)
        return tally

    def _bench(self, versions: Sequence[int]) -> Deliberation:
        """Return the deliberation of these juror versions; it keeps what it learnt of them."""
        seats = {}
        for version in JurorVersion.objects.select_related("juror__project").filter(
            pk__in=versions
        ):
            try:
                spec = _spec(version)
            except (Unavailable, Invalid) as error:
                queue.pause_version(version.pk, reason=error.message)
                continue
            seats[str(version.pk)] = Seat(spec, OpenAIProvider(spec), dialect_of(spec.dialect))
        key = tuple(sorted(int(name) for name in seats))
        if key not in self._benches:
            clock = time.monotonic
            self._benches[key] = Deliberation(
                seats=seats,
                clock=clock,
                rng=SystemRandom(),
                limiter=_limiter(clock),
                max_in_flight=MAX_IN_FLIGHT,
            )
        return self._benches[key]


def _limiter(clock: Callable[[], float]) -> Limiter:
    """Return who paces the jurors: Redis for all processes, else this process for itself."""
    if settings.BROKER_SHARED:
        return RedisLimiter(settings.CELERY_BROKER_URL)
    return LocalLimiter(clock)


def within_budget(room: Mapping[int, int]) -> dict[int, int]:
    """Return the room of jurors that may be asked for money; the others are paused.

    An unknown price is not zero: such a juror waits until somebody accepts it.
    """
    allowed = {}
    rows = JurorVersion.objects.select_related("juror__project").filter(pk__in=list(room))
    spent: dict[int, float] = {}
    for version in rows:
        juror, project = version.juror, version.juror.project
        unknown = juror.price_in is None or juror.price_out is None
        if unknown and not juror.price_accepted and juror.base_url != SCRIPTED:
            queue.pause_version(version.pk, reason=UNKNOWN_PRICE)
            continue
        if project.spend_limit is not None and juror.base_url != SCRIPTED:
            if project.pk not in spent:
                spent[project.pk] = queue.spent(project.pk)
            if spent[project.pk] >= project.spend_limit:
                queue.pause_version(version.pk, reason="the budget is spent")
                continue
        allowed[version.pk] = room[version.pk]
    return allowed


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
