"""What advancing items did, counted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Tally:
    """What an advance did."""

    items: int = 0
    settled: int = 0
    reannotate: int = 0
    adjudicate: int = 0
    seats_opened: int = 0
    seats_cancelled: int = 0

    def add(self, other: Tally) -> None:
        """Add another tally to this one."""
        self.items += other.items
        self.settled += other.settled
        self.reannotate += other.reannotate
        self.adjudicate += other.adjudicate
        self.seats_opened += other.seats_opened
        self.seats_cancelled += other.seats_cancelled
