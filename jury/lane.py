"""One juror's place in a deliberation: who waits for it, how fast it is asked, what it can do."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from jury.chat import FormatSupport, Provider
from jury.dialects.base import Dialect
from jury.errors import BadRequest, Denied, FormatUnsupported, ProviderError, RateLimited
from jury.hearing import Hearing
from jury.opinion import JurorSpec
from jury.pacing import Breaker, Pace

AHEAD = 0.5
"""Claimed but not yet asked, as a share of what may be in flight; refilled when half of it is gone."""
RESTING = 2.0
"""Waiting for a retry, as a share of what may be in flight, before no more are claimed."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A juror in the deliberation: what it is, who reaches it, how it is asked and read."""

    spec: JurorSpec
    provider: Provider
    dialect: Dialect


@dataclass(slots=True)
class Lane:
    """The state of one seat; it outlives a run, so that pace, breaker and memory do too."""

    seat: Seat
    pace: Pace
    breaker: Breaker = field(default_factory=Breaker)
    ready: deque[Hearing] = field(default_factory=deque)
    active: int = 0
    resting: int = 0
    paused: str = ""
    format: FormatSupport = "unknown"

    @property
    def held(self) -> int:
        """How many tasks this lane holds."""
        return self.active + self.resting + len(self.ready)

    def room(self, now: float) -> int:
        """Return how many tasks may be claimed now: none before half of the buffer is used."""
        if self.paused or not self.breaker.admits(now):
            return 0
        limit = int(self.pace.limit)
        if self.resting >= RESTING * limit:
            return 0
        ahead = max(1, int(limit * AHEAD))
        room = limit + ahead - self.active - len(self.ready)
        return room if room * 2 >= ahead else 0

    def may_start(self, now: float) -> bool:
        """Return whether one more call may start now."""
        free = self.active < int(self.pace.limit)
        return bool(self.ready) and free and not self.paused and self.breaker.admits(now)

    def uses_schema(self, hearing: Hearing) -> bool:
        """Return whether the next call sends response_format."""
        wanted = hearing.request.schema is not None and not hearing.plain
        return wanted and self.format != "no"

    def answered(self, now: float, *, with_schema: bool, hearing: Hearing) -> None:
        """Learn from a reply."""
        self.pace.answered(now)
        self.breaker.alive()
        if self.format == "unknown" and with_schema:
            self.format = "yes"
        elif self.format == "unknown" and hearing.plain:
            self.format = "no"

    def erred(self, error: ProviderError, now: float) -> None:
        """Learn from an error."""
        if isinstance(error, RateLimited):
            self.pace.rate_limited(now, error.retry_after)
            self.breaker.alive()
        elif isinstance(error, Denied):
            self.paused = str(error)
            self.breaker.unprobed(now)
        elif isinstance(error, BadRequest):
            self.breaker.alive()
            if isinstance(error, FormatUnsupported):
                self.format = "no"
        else:
            self.breaker.failed(now)
