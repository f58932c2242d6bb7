"""What a label costs: in measured seconds, and in money where the project has a price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

HOUR: Final = 3600.0
NO_SECONDS: Final = "No answer's active time was measured yet."
NO_PRICE: Final = "The project file has no price: per_label or per_hour under [budget]."


@dataclass(frozen=True, slots=True)
class Rates:
    """What one more label costs.

    Attributes:
        seconds: Median active seconds of one judged target, by target; absent where not measured.
        any_seconds: The median over all targets; None where nothing was measured.
        measured: How many answers that rests on.
        per_label: Money for a label, before what an hour costs is asked.
        per_hour: Money for an hour.
    """

    seconds: Mapping[str, float] = field(default_factory=dict)
    any_seconds: float | None = None
    measured: int = 0
    per_label: float | None = None
    per_hour: float | None = None

    def seconds_of(self, target: str) -> float | None:
        """Return the seconds of a label on a target, those of any target where it has none."""
        return self.seconds.get(target, self.any_seconds)

    def hours(self, labels: float, target: str) -> float | None:
        """Return the hours of so many labels on a target; None where nothing was measured."""
        seconds = self.seconds_of(target)
        return None if seconds is None else labels * seconds / HOUR

    def money(self, labels: float, hours: float | None) -> float | None:
        """Return what labels cost: by the label where that has a price, else by the hour."""
        if self.per_label is not None:
            return labels * self.per_label
        if self.per_hour is None or hours is None:
            return None
        return hours * self.per_hour

    @property
    def no_hours(self) -> str:
        """Why there are no hours; empty where there are."""
        return "" if self.any_seconds is not None else NO_SECONDS

    @property
    def no_money(self) -> str:
        """Why there is no money; empty where there is."""
        if self.per_label is not None or (self.per_hour is not None and not self.no_hours):
            return ""
        return NO_PRICE if self.per_hour is None else NO_SECONDS
