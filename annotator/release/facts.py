"""What a release says of an item, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from annotator.intake.texts import TurnView
from jury.verdict import Answer


@dataclass(frozen=True, slots=True)
class RulingFact:
    """The ruling in force on one question of a unit."""

    answer: Answer
    source: str
    rule: str
    contested: bool
    human_judged: bool
    policy_version: int


@dataclass(frozen=True, slots=True)
class UnitFact:
    """A unit with its rulings, the answers of people that count, and how many jurors count."""

    target: str
    rulings: Mapping[str, RulingFact]
    answers: Mapping[str, Sequence[Answer]]
    jurors: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class VoteFact:
    """What one rater said of one unit, or that they did not.

    `reason` says why a vote is missing, or on what kind of seat it was given.
    """

    target: str
    rater: str
    kind: str
    state: str
    reason: str
    answers: Mapping[str, Answer]
    seconds: float | None = None
    round: int | None = None
    phase: str = ""
    superseded: bool = False
    model: str = ""
    juror_version: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ItemFact:
    """An item with all that is known of it; `place` breaks ties between items of one id.

    `set_aside` is how many votes are left out because a manager set them aside.
    """

    id: int
    external_id: str
    place: tuple[str, int, int]
    model: str
    redacted: bool
    turns: Sequence[TurnView]
    units: Sequence[UnitFact]
    votes: Sequence[VoteFact]
    set_aside: int = 0
