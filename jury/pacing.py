"""How many calls a juror may have in flight (additive increase, multiplicative decrease), and when none."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

START = 20.0
CUT = 0.8
GROWTH = 1.05
COOL_DOWN_SECONDS = 15.0
STRAIN = 0.2
"""Share of 429 among the latest replies that is strain; fewer are noise and only wait themselves."""
SAMPLE = 50
SMALLEST_SAMPLE = 20

STRAIGHT_FAILURES = 10
WINDOW = 20
OPEN_SECONDS = 15.0
LONGEST_OPEN_SECONDS = 120.0


@dataclass(slots=True)
class Pace:
    """The adaptive number of calls in flight of one juror: doubles while clean, cut when strained."""

    ceiling: int
    limit: float = 0.0
    _doubling: bool = True
    _clean: int = 0
    _calm_at: float = 0.0
    _recent: deque[bool] = field(default_factory=lambda: deque(maxlen=SAMPLE))

    def __post_init__(self) -> None:
        self.limit = min(START, float(self.ceiling))

    def answered(self, now: float) -> None:
        """Note a reply; a round of `limit` replies without strain lets the limit grow."""
        self._recent.append(False)
        self._clean += 1
        if now < self._calm_at or self._clean < self.limit:
            return
        self._clean = 0
        if not self._strained():
            self.limit = min(self.limit * (2.0 if self._doubling else GROWTH), float(self.ceiling))

    def rate_limited(self, now: float, retry_after: float | None) -> None:
        """Note a 429; under strain the limit is cut, once per episode."""
        self._recent.append(True)
        if now < self._calm_at or not self._strained():
            return
        self._doubling = False
        self._clean = 0
        self.limit = max(1.0, self.limit * CUT)
        self._calm_at = now + max(0.5, min(retry_after or COOL_DOWN_SECONDS, 60.0))
        self._recent.clear()

    def _strained(self) -> bool:
        enough = len(self._recent) >= min(SMALLEST_SAMPLE, self.ceiling)
        return enough and sum(self._recent) > STRAIN * len(self._recent)


@dataclass(slots=True)
class Breaker:
    """Stops asking a juror that only fails, and looks again with one probe.

    Opens after 10 straight failures or more than half of the last 20; each failed probe doubles
    the time until the next one.
    """

    state: Literal["closed", "open", "half_open"] = "closed"
    _straight: int = 0
    _until: float = 0.0
    _pause: float = OPEN_SECONDS
    _recent: deque[bool] = field(default_factory=lambda: deque(maxlen=WINDOW))

    def admits(self, now: float) -> bool:
        """Return whether a call may start now; when half open, only the one that is the probe."""
        return self.state == "closed" or (self.state == "open" and now >= self._until)

    def started(self) -> None:
        """Note that an admitted call starts; from the open state it is the probe."""
        if self.state == "open":
            self.state = "half_open"

    def alive(self) -> None:
        """Note a sign of life: a reply, also one that says "too many" or "not like this"."""
        self._recent.append(False)
        self._straight = 0
        if self.state == "half_open":
            self.state = "closed"
            self._pause = OPEN_SECONDS
            self._recent.clear()

    def failed(self, now: float) -> None:
        """Note a failure of the endpoint: 5xx, no connection, deadline."""
        self._recent.append(True)
        self._straight += 1
        if self.state == "half_open":
            self._pause = min(self._pause * 2.0, LONGEST_OPEN_SECONDS)
            self._open(now)
        elif self.state == "closed" and self._tripped():
            self._open(now)

    def unprobed(self, now: float) -> None:
        """Note that a probe ended without a result (stopped before it was answered)."""
        if self.state == "half_open":
            self.state = "open"
            self._until = now

    def _tripped(self) -> bool:
        full = len(self._recent) == WINDOW
        return self._straight >= STRAIGHT_FAILURES or (full and sum(self._recent) * 2 > WINDOW)

    def _open(self, now: float) -> None:
        self.state = "open"
        self._until = now + self._pause
        self._recent.clear()
