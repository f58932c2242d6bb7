"""Requests and tokens per minute: who may go when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from jury.opinion import JurorSpec

MINUTE = 60.0


class Limiter(Protocol):
    """Hands out places in a juror's queue of the minute."""

    async def reserve(self, spec: JurorSpec, *, tokens: int, horizon: float) -> float | None:
        """Reserve a place for one call of about so many tokens.

        Returns:
            Seconds to sleep before the call may start (the place is ours after them), or None
            when that would be more than `horizon` seconds: then nothing is reserved.
        """
        ...


class LocalLimiter:
    """The limiter of one process: an even pace, so that no window ever holds more than its limit.

    Each juror has a theoretical arrival time per limit (generic cell rate algorithm with a burst
    of one); a reservation moves it on by 60 / rpm seconds, or tokens · 60 / tpm.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """Take the clock, in seconds, that the callers sleep by."""
        self._clock = clock
        self._free_at: dict[str, tuple[float, float]] = {}

    async def reserve(self, spec: JurorSpec, *, tokens: int, horizon: float) -> float | None:
        """Reserve the next place; see `Limiter.reserve`."""
        if not spec.rpm and not spec.tpm:
            return 0.0
        now = self._clock()
        by_request, by_token = self._free_at.get(spec.name, (now, now))
        start = max(now, by_request, by_token)
        if start - now > horizon:
            return None
        self._free_at[spec.name] = (
            start + MINUTE / spec.rpm if spec.rpm else now,
            start + tokens * MINUTE / spec.tpm if spec.tpm else now,
        )
        return start - now
