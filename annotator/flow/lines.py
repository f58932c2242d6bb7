"""Which population of agreement a person's vote belongs to.

Headline agreement is of first-pass blind votes, as first submitted, on a number of seats that was
fixed before any vote was seen. Everything else has a line of its own. Pure: rows in, names out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from annotator.labeling.models import Assignment, Vote
from jury.policy.base import Policy
from jury.policy.headline import fixed_votes
from jury.policy.parts import part_of

Key = tuple[int, str]
"""A unit's id and a question's key."""

SLIP: Final = timedelta(minutes=10)
"""A blind answer taken back within this time, before anybody answered a seat it had opened, was a
slip of the hand: what is given instead is what was first submitted."""

_OWN: Final[Mapping[str, str]] = {
    Assignment.Reason.CALIBRATION: Vote.Population.CALIBRATION,
    Assignment.Reason.AUDIT: Vote.Population.AUDIT,
    Assignment.Reason.GOLD: Vote.Population.GOLD,
    Assignment.Reason.TRAINING: Vote.Population.TRAINING,
    Assignment.Reason.REPEAT: Vote.Population.REPEAT,
}


@dataclass(frozen=True, slots=True)
class Given:
    """A person's vote with what is known of the annotation and the seat it was given on."""

    vote: int
    key: Key
    item: int
    annotation: int
    revision: int
    latest: bool
    created_at: datetime
    withdrawn_at: datetime | None
    blind: bool
    seat: int
    done: bool
    reason: str
    round: int
    aside: bool = False
    """Whether a manager set it aside."""

    @property
    def stands(self) -> bool:
        """Whether this is what the person says now."""
        return self.latest and self.withdrawn_at is None

    @property
    def counts(self) -> bool:
        """Whether it decides: the latest revision, blind, on a done seat whose reason counts."""
        given = self.stands and self.blind and self.done and self.reason in Assignment.COUNTING
        return given and not self.aside

    @property
    def later(self) -> bool:
        """Whether it was asked for because of earlier votes."""
        return self.round > 1 or self.reason == Assignment.Reason.ADJUDICATION


def populations(
    given: Sequence[Given], policy: Policy, targets: Mapping[int, str]
) -> dict[int, str]:
    """Return the population of each vote, empty for one that enters none.

    `targets` are those of the units: another policy may decide there than elsewhere.
    """
    first = _first_of_seats(given)
    found: dict[int, str] = {}
    taken: dict[Key, int] = defaultdict(int)
    for vote in sorted(given, key=lambda each: (each.annotation, each.vote)):
        name = "" if vote.aside else _line(vote, first.get(vote.seat))
        if name in {Vote.Population.FIRST_PASS, Vote.Population.REANNOTATION}:
            unit, question = vote.key
            fixed = fixed_votes(part_of(policy, targets[unit], question), vote.item)
            if fixed is not None:
                name = _of_fixed(name, is_fixed=taken[vote.key] < fixed)
                taken[vote.key] += name == Vote.Population.FIRST_PASS
        found[vote.vote] = name
    return found


def _of_fixed(name: str, *, is_fixed: bool) -> str:
    if is_fixed:
        return Vote.Population.FIRST_PASS
    return Vote.Population.ADAPTIVE if name == Vote.Population.FIRST_PASS else name


def _line(vote: Given, first: int | None) -> str:
    if vote.reason == Assignment.Reason.ADJUDICATION:
        return ""
    if not vote.blind:
        return Vote.Population.AFTER_REVEAL if vote.stands else ""
    if vote.stands and not vote.done:
        return ""
    if vote.annotation != first:
        return Vote.Population.CORRECTED if vote.stands else ""
    return _line_of_seat(vote)


def _line_of_seat(vote: Given) -> str:
    if vote.reason in _OWN:
        return _OWN[vote.reason]
    later = vote.later or vote.reason == Assignment.Reason.REANNOTATION
    return Vote.Population.REANNOTATION if later else Vote.Population.FIRST_PASS


def _first_of_seats(given: Iterable[Given]) -> dict[int, int]:
    """Return the annotation of each seat that was first submitted, slips left out."""
    seats: dict[int, dict[int, Given]] = defaultdict(dict)
    by_item: dict[int, list[Given]] = defaultdict(list)
    for vote in given:
        by_item[vote.item].append(vote)
        if vote.blind:
            seats[vote.seat].setdefault(vote.annotation, vote)
    found = {}
    for seat, revisions in seats.items():
        # An imported chain may name its latest revision first.
        chain = sorted(revisions.values(), key=lambda each: (each.latest, each.revision))
        kept = [each for each in chain if not _slip(each, by_item[each.item])]
        if kept:
            found[seat] = kept[0].annotation
    return found


def _slip(vote: Given, beside: Iterable[Given]) -> bool:
    """Return whether an answer was taken back at once, before anybody answered because of it."""
    if vote.withdrawn_at is None:
        return False
    if vote.withdrawn_at - vote.created_at > SLIP:
        return False
    return not any(
        other.later
        and other.round > vote.round
        and vote.created_at < other.created_at <= vote.withdrawn_at
        for other in beside
    )
