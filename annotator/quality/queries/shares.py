"""Shares of a count with their interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Final

_Z95: Final = 1.959963984540054


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
        p, n, z = self.part / self.n, self.n, _Z95
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return max(0.0, middle - half), min(1.0, middle + half)
