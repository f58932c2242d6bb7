"""One run of a deliberation: feed, ask, rest, flush, renew, and end cleanly."""

from __future__ import annotations

import asyncio
import logging

from jury.bench import Bench, Queue, Tally
from jury.errors import Denied, FormatUnsupported, ProviderError, Unavailable
from jury.hearing import Hearing
from jury.lane import Lane
from jury.ledger import Ledger
from jury.opinion import Outcome, Task

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.2
"""How long to leave the queue alone after it gave less than was asked for."""
TICK_SECONDS = 0.25
STOP_GRACE_SECONDS = 20.0
"""How long calls in flight may finish after `stop`; at a deadline they may finish in any case."""


class Sitting:
    """One run; made by `Deliberation.run`, used once."""

    def __init__(self, bench: Bench, queue: Queue, *, stop: asyncio.Event, deadline: float) -> None:
        """Prepare a run that ends by itself when the queue is empty."""
        self._bench = bench
        self._queue = queue
        self._stop = stop
        self._deadline = deadline
        self._ledger = Ledger(queue.flush, queue.renew, lease_seconds=queue.lease_seconds)
        self._tally = Tally()
        self._steps: set[asyncio.Task[None]] = set()
        self._resting: dict[Hearing, tuple[asyncio.TimerHandle, float]] = {}
        self._wake = asyncio.Event()
        self._closing = asyncio.Event()
        self._next_claim = 0.0

    async def run(self) -> Tally:
        """Run to the end; see `Deliberation.run`."""
        async with self._ledger:
            try:
                await self._feed()
            finally:
                await self._close()
        for name, lane in self._bench.lanes.items():
            if lane.paused:
                self._tally.paused[name] = lane.paused
        return self._tally

    # -- feeding ---------------------------------------------------------------------------

    async def _feed(self) -> None:
        while not self._over():
            empty = await self._claim()
            for lane in self._bench.lanes.values():
                self._dispatch(lane)
            if empty and not self._held():
                self._tally.drained = True
                return
            if not self._held() and not self._able():
                return
            self._wake.clear()
            await _wait(self._wake, TICK_SECONDS)

    def _over(self) -> bool:
        late = self._bench.clock() >= self._deadline
        return late or self._stop.is_set() or self._ledger.broken

    async def _claim(self) -> bool:
        """Claim what there is room for; return whether the queue was asked and had nothing."""
        now = self._bench.clock()
        room = self._room(now)
        if not room or now < self._next_claim:
            return False
        tasks = await self._queue.claim(room)
        if len(tasks) < sum(room.values()):
            self._next_claim = self._bench.clock() + IDLE_SECONDS
        for task in tasks:
            self._admit(task)
        return not tasks

    def _room(self, now: float) -> dict[str, int]:
        backlog = self._ledger.unflushed > 4 * self._bench.max_in_flight
        if backlog or self._ledger.failing:
            return {}
        lanes = self._bench.lanes
        busy = sum(lane.active + len(lane.ready) for lane in lanes.values())
        free = max(self._bench.max_in_flight * 3 // 2 - busy, 0)
        wanted = {name: lane.room(now) for name, lane in lanes.items()}
        total = sum(wanted.values())
        if total > free:
            wanted = {name: room * free // total for name, room in wanted.items()}
        return {name: room for name, room in wanted.items() if room > 0}

    def _active(self) -> int:
        return sum(lane.active for lane in self._bench.lanes.values())

    def _held(self) -> int:
        return sum(lane.held for lane in self._bench.lanes.values())

    def _able(self) -> bool:
        """Return whether any juror may be asked: none is while all are paused or out of order."""
        now, lanes = self._bench.clock(), self._bench.lanes.values()
        return any(not lane.paused and lane.breaker.admits(now) for lane in lanes)

    def _admit(self, task: Task) -> None:
        self._ledger.hold(task.id)
        lane = self._bench.lanes[task.juror]
        try:
            hearing = Hearing(task, lane.seat.spec, lane.seat.dialect, self._bench.rng)
        except Exception as error:
            log.exception("a brief could not be put to juror %s", task.juror)
            reason = f"the brief could not be put: {type(error).__name__}"
            self._settle(Outcome(task.id, task.juror, "failed", reason=reason))
            return
        lane.ready.append(hearing)

    # -- asking ----------------------------------------------------------------------------

    def _dispatch(self, lane: Lane) -> None:
        now = self._bench.clock()
        if lane.paused:
            self._release_ready(lane, "juror paused: " + lane.paused)
        while self._active() < self._bench.max_in_flight and lane.may_start(now):
            hearing = lane.ready.popleft()
            lane.active += 1
            lane.breaker.started()
            step = asyncio.create_task(self._step(lane, hearing))
            self._steps.add(step)
            step.add_done_callback(self._steps.discard)

    async def _step(self, lane: Lane, hearing: Hearing) -> None:
        """Make one attempt, then settle, go on or rest."""
        onward: Outcome | float | None
        try:
            onward = await self._attempt(lane, hearing)
        except asyncio.CancelledError:
            lane.breaker.unprobed(self._bench.clock())
            onward = hearing.end("released", "stopped in mid-call")
        except Exception as error:
            log.exception("asking juror %s failed inside", lane.seat.spec.name)
            lane.breaker.unprobed(self._bench.clock())
            onward = hearing.end("failed", f"internal error: {type(error).__name__}")
        lane.active -= 1
        if isinstance(onward, Outcome):
            self._settle(onward)
        else:
            self._go_on(lane, hearing, onward or 0.0)
        if not self._closing.is_set():
            self._dispatch(lane)
        if lane.room(self._bench.clock()):
            self._wake.set()

    async def _attempt(self, lane: Lane, hearing: Hearing) -> Outcome | float | None:
        """Send the request once. Returns the outcome, or the seconds to rest (None: go on now)."""
        clock, spec = self._bench.clock, lane.seat.spec
        horizon = self._deadline - clock()
        wait = await self._bench.limiter.reserve(spec, tokens=hearing.tokens, horizon=horizon)
        if wait is None:
            lane.breaker.unprobed(clock())
            return hearing.end("released", "no capacity in this run", retry_in=max(horizon, 0.0))
        if wait and await _wait(self._closing, wait):
            lane.breaker.unprobed(clock())
            return hearing.end("released", "stopped while waiting for capacity")
        with_schema = lane.uses_schema(hearing)
        key, started = hearing.next_key(), clock()
        try:
            reply = await lane.seat.provider.ask(
                hearing.request,
                request_key=key,
                seconds=spec.timeout_seconds,
                use_schema=with_schema,
            )
        except ProviderError as error:
            hearing.note(key, (started, clock()), None, error)
            return self._erred(lane, hearing, error, with_schema=with_schema)
        hearing.note(key, (started, clock()), reply, None)
        lane.answered(clock(), with_schema=with_schema, hearing=hearing)
        return hearing.replied(reply)

    def _erred(
        self, lane: Lane, hearing: Hearing, error: ProviderError, *, with_schema: bool
    ) -> Outcome | float:
        lane.erred(error, self._bench.clock())
        if isinstance(error, Denied):
            return hearing.end("released", f"juror paused: {error}")
        if isinstance(error, FormatUnsupported) and with_schema:
            return 0.0
        if isinstance(error, Unavailable) and with_schema and lane.format == "unknown":
            hearing.plain = True  # some endpoints answer response_format with a bare 500
        return hearing.erred(error)

    def _go_on(self, lane: Lane, hearing: Hearing, delay: float) -> None:
        late = self._bench.clock() + delay >= self._deadline
        if lane.paused or self._closing.is_set() or self._stop.is_set() or (delay and late):
            self._settle(hearing.end("released", "stopped before a retry", retry_in=delay))
        elif delay:
            lane.resting += 1
            timer = asyncio.get_running_loop().call_later(delay, self._rested, lane, hearing)
            self._resting[hearing] = (timer, self._bench.clock() + delay)
        else:
            lane.ready.appendleft(hearing)

    def _rested(self, lane: Lane, hearing: Hearing) -> None:
        del self._resting[hearing]
        lane.resting -= 1
        lane.ready.appendleft(hearing)
        self._dispatch(lane)

    # -- ending ----------------------------------------------------------------------------

    def _settle(self, outcome: Outcome) -> None:
        self._tally.count(outcome)
        self._ledger.settle(outcome)

    def _release_ready(self, lane: Lane, reason: str) -> None:
        while lane.ready:
            self._settle(lane.ready.popleft().end("released", reason))

    async def _close(self) -> None:
        self._closing.set()
        now = self._bench.clock()
        for lane in self._bench.lanes.values():
            self._release_ready(lane, "the run ended")
            lane.resting = 0
        for hearing, (timer, due) in self._resting.items():
            timer.cancel()
            outcome = hearing.end("released", "the run ended", retry_in=max(due - now, 0.0))
            self._settle(outcome)
        self._resting.clear()
        await self._finish_steps()

    async def _finish_steps(self) -> None:
        """Let calls in flight finish: as long as they need, or for the grace after `stop`."""
        patience: float | None = None
        while self._steps and (patience is None or patience > 0):
            began = self._bench.clock()
            await asyncio.wait(self._steps, timeout=TICK_SECONDS)
            if self._stop.is_set():
                patience = STOP_GRACE_SECONDS if patience is None else patience
                patience -= self._bench.clock() - began
        for step in self._steps:
            step.cancel()
        if self._steps:
            await asyncio.wait(self._steps)


async def _wait(event: asyncio.Event, seconds: float) -> bool:
    """Wait for the event at most so long; return whether it came."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
