"""Shares of a count with their interval."""

from __future__ import annotations

from dataclasses import dataclass

from jury.agreement.interval import wilson


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `n`, with the 95 % interval of Wilson (1927)."""

    part: int
    n: int

    @property
    def value(self) -> float | None:
        """The share, None of nothing."""
        return self.part / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % score interval, None of nothing.

        >>> [round(bound, 3) for bound in Share(32, 41).interval or ()]
        [0.633, 0.88]
        """
        if not self.n:
            return None
        found = wilson(self.part, self.n)
        return found.low, found.high
