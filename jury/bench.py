"""What a sitting works with, and what it did."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from jury.lane import Lane
from jury.limits import Limiter
from jury.opinion import Outcome, Task


@dataclass(frozen=True, slots=True)
class Queue:
    """The caller's queue of record.

    `claim` takes how many tasks each juror has room for and returns at most so many, leased to
    the caller; jurors that are paused or out of order are not in the mapping. `flush` stores
    outcomes in one transaction, fenced by the lease. `renew` prolongs the leases of task ids, which
    last `lease_seconds` from then on.
    """

    claim: Callable[[Mapping[str, int]], Awaitable[Sequence[Task]]]
    flush: Callable[[Sequence[Outcome]], Awaitable[None]]
    renew: Callable[[Sequence[int]], Awaitable[None]]
    lease_seconds: float


@dataclass(frozen=True, slots=True)
class Bench:
    """What a sitting works with."""

    lanes: Mapping[str, Lane]
    clock: Callable[[], float]
    rng: Random
    limiter: Limiter
    max_in_flight: int


@dataclass(slots=True)
class Tally:
    """What a run did. `drained`: the queue had no more; `paused`: juror to reason."""

    outcomes: dict[str, int] = field(default_factory=dict)
    calls: int = 0
    errors: int = 0
    paused: dict[str, str] = field(default_factory=dict)
    drained: bool = False

    def count(self, outcome: Outcome) -> None:
        """Add one outcome."""
        self.outcomes[outcome.state] = self.outcomes.get(outcome.state, 0) + 1
        self.calls += len(outcome.calls)
        self.errors += sum(1 for call in outcome.calls if call.error)
