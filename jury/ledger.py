"""What is leased and what is not yet stored: the flush and the renewal of a run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Self

from jury.opinion import Outcome

log = logging.getLogger(__name__)

FLUSH_SECONDS = 0.15
FLUSH_ROWS = 200
LARGEST_FLUSH = 500
RENEW_SECONDS = 20.0
"""Between renewals at most; of a shorter lease there are three."""
RETRY_SECONDS = (0.2, 0.5, 1.0, 2.0, 4.0)
"""Waits between tries of a flush that failed; after the last the run gives up and leases expire."""


class Ledger:
    """Keeps outcomes until they are stored and leases alive until then. An async context."""

    def __init__(
        self,
        flush: Callable[[Sequence[Outcome]], Awaitable[None]],
        renew: Callable[[Sequence[int]], Awaitable[None]],
        *,
        lease_seconds: float,
    ) -> None:
        """Take the two writes of the caller's queue, and how long a lease lasts."""
        self._flush = flush
        self._renew = renew
        self._pause = min(RENEW_SECONDS, lease_seconds / 3)
        self._outcomes: list[Outcome] = []
        self._held: set[int] = set()
        self._some = asyncio.Event()
        self._many = asyncio.Event()
        self._ending = False
        self._tasks: tuple[asyncio.Task[None], ...] = ()
        self.failing = False

    @property
    def unflushed(self) -> int:
        """How many outcomes are not stored yet."""
        return len(self._outcomes)

    @property
    def broken(self) -> bool:
        """Whether storing was given up: the run must end and the leases expire."""
        return bool(self._tasks) and self._tasks[0].done()

    def hold(self, task: int) -> None:
        """Keep a task's lease alive until its outcome is stored."""
        self._held.add(task)

    def settle(self, outcome: Outcome) -> None:
        """Take an outcome to be stored within 150 ms, or sooner when 200 wait."""
        self._outcomes.append(outcome)
        self._some.set()
        if len(self._outcomes) >= FLUSH_ROWS:
            self._many.set()

    async def __aenter__(self) -> Self:
        """Start flushing and renewing."""
        self._tasks = (
            asyncio.create_task(self._flush_while_open()),
            asyncio.create_task(self._renew_while_open()),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Store the rest; raise what the queue raised if it could not be stored."""
        self._ending = True
        self._some.set()
        self._many.set()
        flusher, renewer = self._tasks
        try:
            await flusher
        finally:
            renewer.cancel()
            await asyncio.wait([renewer])

    async def _flush_while_open(self) -> None:
        while self._outcomes or not self._ending:
            await self._some.wait()
            await self._gather()
            batch = self._outcomes[:LARGEST_FLUSH]
            if batch:
                await self._store(batch)
                del self._outcomes[: len(batch)]
                self._held.difference_update(outcome.task for outcome in batch)
            if not self._outcomes and not self._ending:
                self._some.clear()
            if len(self._outcomes) < FLUSH_ROWS and not self._ending:
                self._many.clear()

    async def _gather(self) -> None:
        """Wait for company: 150 ms, or until 200 rows are there."""
        try:
            async with asyncio.timeout(FLUSH_SECONDS):
                await self._many.wait()
        except TimeoutError:
            return

    async def _store(self, batch: Sequence[Outcome]) -> None:
        for wait in RETRY_SECONDS:
            try:
                await self._flush(batch)
            except Exception:
                log.exception("a flush of %d outcomes failed; trying again", len(batch))
                self.failing = True
                await asyncio.sleep(wait)
            else:
                self.failing = False
                return
        await self._flush(batch)

    async def _renew_while_open(self) -> None:
        while True:
            await asyncio.sleep(self._pause)
            try:
                await self._renew(sorted(self._held))
            except Exception:
                log.exception("leases could not be renewed; trying again in %s s", self._pause)
