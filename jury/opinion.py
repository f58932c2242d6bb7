"""What a juror is asked and what comes back: plain values, shared by dialects, providers and flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from jury.taxonomy import Taxonomy
from jury.verdict import Answer, QuestionSchema

AbstentionReason = Literal["refused", "unparsed", "truncated", "filtered"]
OutcomeState = Literal["given", "abstained", "failed", "released"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of an interaction, verbatim."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One target of the item and the questions asked of it.

    `text` is what is judged (None: the whole interaction). `turn` is its index in the brief's
    messages where it is one of them; without it the text is looked for, and shown apart if it
    is not exactly one of the turns.
    """

    target: str
    questions: tuple[QuestionSchema, ...]
    text: str | None = None
    turn: int | None = None


@dataclass(frozen=True, slots=True)
class Brief:
    """Everything a juror may know about one item: no other votes, no names."""

    item_key: str
    messages: tuple[Message, ...]
    asked: tuple[Asked, ...]
    taxonomy: Taxonomy
    guidance: str = ""
    order_seed: int = 0


@dataclass(frozen=True, slots=True)
class JurorSpec:
    """How one juror is reached and paced. Prices are per million tokens; None means unknown."""

    name: str
    base_url: str
    model: str
    family: str = ""
    dialect: str = "judge"
    api_key: str = field(default="", repr=False)
    in_flight: int = 64
    rpm: int = 0
    tpm: int = 0
    price_in: float | None = None
    price_out: float | None = None
    timeout_seconds: float = 60.0
    attempts: int = 5


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one or more calls; `cost` is None where the price is unknown."""

    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One HTTP call as it happened: what was answered, what it took, what it cost.

    `request_key` is "<call id>.<attempt>", as sent in the header X-Client-Request-Id.
    `started` and `seconds` are seconds of the clock the deliberation was given.
    """

    request_key: str
    attempt: int
    status: int | None
    error: str
    raw_reply: str
    usage: Usage
    seconds: float
    started: float


@dataclass(frozen=True, slots=True)
class Opinion:
    """A juror's answers on one target, by question key. `confidence` is None when not measured."""

    target: str
    answers: Mapping[str, Answer]
    rationale: str = ""
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Abstention:
    """Why a juror has no opinion on one target: never a vote, neither safe nor unsafe."""

    target: str
    reason: AbstentionReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """One claimed inquiry.

    `key` is its public random id (the stem of the call ids). `attempts` and `failures` are what
    earlier claims have used: calls made in all, and those that counted against `spec.attempts`.
    """

    id: int
    key: str
    juror: str
    brief: Brief
    attempts: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one task ended in this run; to be stored in one transaction.

    `given`: at least one opinion; `abstained`: none, all targets abstained; `failed`: no answer
    could be had, `reason` says why; `released`: give the row back (not before `retry_in` seconds).
    `attempts` and `failures` include those of earlier claims.
    """

    task: int
    juror: str
    state: OutcomeState
    opinions: tuple[Opinion, ...] = ()
    abstentions: tuple[Abstention, ...] = ()
    calls: tuple[CallRecord, ...] = ()
    reason: str = ""
    attempts: int = 0
    failures: int = 0
    retry_in: float | None = None
