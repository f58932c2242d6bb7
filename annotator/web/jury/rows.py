"""The jury's run and its jurors as the page shows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from annotator.flow.endpoints import SCRIPTED
from annotator.panel.queries import JurorSeat

QUEUED = "queued"
LEASED = "leased"
GIVEN = "given"
ABSTAINED = "abstained"
FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SeatRow:
    """A juror's standing in the run."""

    seat: JurorSeat
    states: Mapping[str, int]

    @property
    def scripted(self) -> bool:
        """Whether it is the product's own script and no model."""
        return self.seat.base_url == SCRIPTED

    @property
    def imported(self) -> bool:
        """Whether its opinions came from a file: there is nobody to ask."""
        return not self.seat.base_url

    @property
    def total(self) -> int:
        """How many inquiries it has."""
        return sum(self.states.values())

    @property
    def waiting(self) -> int:
        """How many have not ended."""
        return self.states[QUEUED] + self.states[LEASED]

    @property
    def state(self) -> tuple[str, str]:
        """Its state in a word, and the colour of its tag."""
        if not self.seat.active:
            return _("Retired"), ""
        if self.seat.paused_reason:
            return _("Paused"), "caution"
        if self.waiting:
            return _("Running"), "accent"
        if not self.total:
            return (_("Imported"), "") if self.imported else (_("Not asked yet"), "")
        return _("Finished"), "safe"

    @property
    def parts(self) -> tuple[tuple[str, int, str], ...]:
        """What a stacked bar shows."""
        return (
            (_("Given"), self.states[GIVEN], "safe"),
            (_("Abstained"), self.states[ABSTAINED], "caution"),
            (_("Failed"), self.states[FAILED], "unsafe"),
            (_("In flight"), self.states[LEASED], ""),
            (_("Queued"), self.states[QUEUED], "mute"),
        )


@dataclass(frozen=True, slots=True)
class Run:
    """All jurors together."""

    seats: tuple[SeatRow, ...]
    spent: float
    limit: float | None

    def count(self, state: str) -> int:
        """Return how many inquiries are in a state."""
        return sum(row.states[state] for row in self.seats)

    @property
    def total(self) -> int:
        """How many inquiries there are."""
        return sum(row.total for row in self.seats)

    @property
    def ended(self) -> int:
        """How many have ended."""
        return self.total - sum(row.waiting for row in self.seats)

    @property
    def in_flight(self) -> int:
        """How many are being asked now."""
        return self.count(LEASED)

    @property
    def failed(self) -> int:
        """How many failed."""
        return self.count(FAILED)

    @property
    def paused(self) -> bool:
        """Whether somebody waits who was told to."""
        return any(row.seat.active and row.seat.paused_reason for row in self.seats)

    @property
    def moving(self) -> bool:
        """Whether the page should look again soon."""
        return any(
            row.waiting and row.seat.active and not row.seat.paused_reason for row in self.seats
        )

    @property
    def waiting(self) -> int:
        """How many inquiries have not ended."""
        return self.total - self.ended

    @property
    def spent_cents(self) -> int:
        """What was spent, for a bar."""
        return round(self.spent * 100)

    @property
    def limit_cents(self) -> int:
        """What may be spent, for a bar; 0 without a limit."""
        return round(self.limit * 100) if self.limit else 0


def run_of(
    seats: Sequence[JurorSeat],
    progress: Mapping[str, Mapping[str, int]],
    *,
    spent: float,
    limit: float | None,
) -> Run:
    """Return the run of a project's jurors."""
    nothing = dict.fromkeys((QUEUED, LEASED, GIVEN, ABSTAINED, FAILED), 0)
    rows = (SeatRow(seat, progress.get(seat.name, nothing)) for seat in seats)
    return Run(tuple(rows), spent, limit)


def shared_families(seats: Iterable[JurorSeat]) -> tuple[str, ...]:
    """Return families that two active jurors or more come from: they tend to err together."""
    counted = Counter(seat.family for seat in seats if seat.active and seat.family)
    return tuple(sorted(family for family, n in counted.items() if n > 1))


def abstention_words(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Return why jurors abstained, in words, most first."""
    words = {
        "refused": _("Refused to judge"),
        "unparsed": _("Reply could not be read"),
        "truncated": _("Cut off"),
        "filtered": _("Filtered by the provider"),
    }
    return tuple((words.get(reason, reason), n) for reason, n in counts.items())
