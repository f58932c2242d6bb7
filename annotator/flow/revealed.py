"""An item with everything known about it, as values: what `flow.review` alone returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from annotator.flow.sealed import Seal
from annotator.intake.texts import TurnView
from jury.verdict import Answer, QuestionSchema

Key = tuple[str, str]
"""A target and a question."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One person or one juror on an item, and all they answered."""

    key: str
    name: str
    kind: str
    answers: Mapping[Key, Answer]
    notes: tuple[tuple[str, str], ...]
    """(target, text): a comment has no target, a juror's reasons have one."""
    counts: bool
    reason: str = ""
    at: datetime | None = None
    abstained: Mapping[str, str] | None = None
    flagged: bool = False


@dataclass(frozen=True, slots=True)
class RulingView:
    """A unit's final answer, with its source."""

    answer: Answer
    source: str
    rule: str
    contested: bool
    counts: tuple[tuple[str, int, int], ...]
    """(category, votes for it, of)."""


@dataclass(frozen=True, slots=True)
class RevealedQuestion:
    """A question on a unit: the decision in words and the ruling, if there are any."""

    schema: QuestionSchema
    outcome: str
    words: str
    policy_version: int | None
    decided_at: datetime | None
    ruling: RulingView | None


@dataclass(frozen=True, slots=True)
class RevealedUnit:
    """A judged part of an item."""

    target: str
    title: str
    badge: str
    asked: tuple[str, ...]
    """The questions that the adjudicator's seat asks; empty on the item page."""
    questions: tuple[RevealedQuestion, ...]


@dataclass(frozen=True, slots=True)
class HeldSeat:
    """The adjudicator's own seat."""

    assignment: str
    lease: str
    expires: datetime | None
    version: int
    draft: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class SealedItem:
    """An item that its reader may still label: its texts, and why nothing else is shown."""

    public_id: str
    external_id: str
    language: str
    source: str
    batch: int
    line: int
    messages: tuple[TurnView, ...]
    units: tuple[RevealedUnit, ...]
    """The judged parts, without their questions."""
    seal: Seal
    previous: str = ""
    following: str = ""


@dataclass(frozen=True, slots=True)
class RevealedItem:
    """An item, what people and jurors said of it, and what became of that."""

    public_id: str
    external_id: str
    language: str
    state: str
    source: str
    batch: int
    line: int
    imported_at: datetime
    messages: tuple[TurnView, ...]
    units: tuple[RevealedUnit, ...]
    people: tuple[Voice, ...]
    jurors: tuple[Voice, ...]
    seat: HeldSeat | None = None
    previous: str = ""
    following: str = ""
