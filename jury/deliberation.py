"""Many questions to many jurors at once, on one event loop, losing nothing.

The caller owns the queue: `claim` leases tasks, `flush` stores outcomes (fenced by the lease),
`renew` keeps the leases alive. A Deliberation may run many times: what it has learnt about its
jurors (pace, breaker, response_format, a refused key) stays.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

from jury.bench import Bench, Queue, Tally
from jury.chat import FormatSupport
from jury.lane import Lane, Seat
from jury.limits import Limiter
from jury.pacing import Pace
from jury.sitting import Sitting

__all__ = ["Deliberation", "Queue", "Seat", "Tally"]


@dataclass(slots=True)
class Deliberation:
    """The jurors of this process and how they are asked.

    `clock` is monotonic, in seconds; `rng` makes fences and jitter (random.SystemRandom() in
    earnest); `max_in_flight` bounds the calls of all jurors together.
    """

    seats: Mapping[str, Seat]
    clock: Callable[[], float]
    rng: Random
    limiter: Limiter
    max_in_flight: int = 128
    lanes: dict[str, Lane] = field(init=False)

    def __post_init__(self) -> None:
        self.lanes = {
            name: Lane(seat, Pace(max(1, seat.spec.in_flight))) for name, seat in self.seats.items()
        }

    async def run(self, queue: Queue, *, stop: asyncio.Event, deadline: float) -> Tally:
        """Claim, ask and flush until nothing is left, `stop` is set or the clock passes `deadline`.

        Returns:
            What was done. On stop or deadline nothing more is claimed; what is in flight finishes
            or is released, and everything is flushed before this returns. It also returns, with
            `drained` False, when no juror can be asked now (paused, or its breaker is open).

        Raises:
            Exception: what `queue` raised, when claiming failed or a flush failed to the last try.
        """
        bench = Bench(self.lanes, self.clock, self.rng, self.limiter, self.max_in_flight)
        return await Sitting(bench, queue, stop=stop, deadline=deadline).run()

    def formats(self) -> dict[str, FormatSupport]:
        """Return per juror whether its endpoint takes response_format."""
        return {name: lane.format for name, lane in self.lanes.items()}

    def resume(self, juror: str) -> None:
        """Ask a paused juror again (its key was mended)."""
        self.lanes[juror].paused = ""

    async def aclose(self) -> None:
        """Close all providers' connections."""
        for seat in self.seats.values():
            await seat.provider.aclose()
