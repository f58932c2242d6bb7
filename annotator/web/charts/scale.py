"""Where a value stands on an axis, as the SVG attributes of a chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LOW: Final = 0.0
HIGH: Final = 1.0
INSET: Final = 3.0
"""Room at both ends, in per cent, so that a mark on the end is whole."""


def place(value: float) -> str:
    """Return a coefficient's place on the axis from 0 to 1 as a percentage; beyond, its end.

    >>> place(0.0), place(0.5), place(-0.2)
    ('3.00%', '50.00%', '3.00%')
    """
    held = min(max(value, LOW), HIGH)
    return f"{INSET + held * (100 - 2 * INSET):.2f}%"


@dataclass(frozen=True, slots=True)
class Tick:
    """A marked place on the axis."""

    at: str
    label: str


AXIS: Final = (Tick(place(0.0), "0"), Tick(place(0.5), "0.5"), Tick(place(1.0), "1"))


@dataclass(frozen=True, slots=True)
class Mark:
    """A value with its interval on the axis; parts that are undefined are None.

    Attributes:
        at: Where the value stands.
        low: Where its interval begins.
        high: Where it ends.
        limit: Where the line to compare with stands.
        below: Whether the value is below that line.
        few: Whether there is too little to give the value.
    """

    at: str | None
    low: str | None
    high: str | None
    limit: str | None
    below: bool
    few: bool


def mark(
    value: float | None,
    interval: tuple[float, float] | None,
    *,
    limit: float | None = None,
    few: bool = False,
) -> Mark:
    """Return how a value is drawn; with too few cases only its interval is."""
    return Mark(
        at=None if value is None or few else place(value),
        low=place(interval[0]) if interval else None,
        high=place(interval[1]) if interval else None,
        limit=None if limit is None else place(limit),
        below=value is not None and limit is not None and value < limit,
        few=few,
    )


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of a stacked bar."""

    label: str
    count: int
    kind: str
    x: str = ""
    width: str = ""


def stacked(parts: Sequence[tuple[str, int, str]]) -> tuple[Part, ...]:
    """Return (label, count, kind) as stretches that fill the bar; empty ones have no width.

    >>> [part.width for part in stacked([("a", 1, ""), ("b", 3, "safe")])]
    ['25.00%', '75.00%']
    """
    total = sum(count for _, count, _ in parts)
    found = []
    start = 0
    for label, count, kind in parts:
        x, width = (start / total * 100, count / total * 100) if total else (0.0, 0.0)
        found.append(Part(label, count, kind, f"{x:.2f}%", f"{width:.2f}%"))
        start += count
    return tuple(found)
