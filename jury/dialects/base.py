"""What every dialect can do: put a brief into requests and read the replies."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Protocol

from jury.chat import ChatRequest, Reply
from jury.opinion import Abstention, AbstentionReason, Brief, JurorSpec, Opinion


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reply says. `retry` is one more request to send before this reading may stand."""

    opinions: tuple[Opinion, ...] = ()
    abstentions: tuple[Abstention, ...] = ()
    retry: ChatRequest | None = None


class Dialect(Protocol):
    """How one kind of juror is asked and read. Pure: the generator is passed in."""

    name: str
    version: int

    def requests(self, brief: Brief, spec: JurorSpec, rng: Random) -> tuple[ChatRequest, ...]:
        """Return the chat requests that ask the whole brief."""
        ...

    def read(self, request: ChatRequest, reply: Reply, brief: Brief, rng: Random) -> Reading:
        """Return what the reply to one request says, or one more request to send."""
        ...

    def combine(self, readings: tuple[Reading, ...], brief: Brief) -> Reading:
        """Return one reading of the whole brief from those of its requests."""
        ...


def abstain(brief: Brief, reason: AbstentionReason, detail: str = "") -> Reading:
    """Return a reading in which every asked target abstains for the same reason."""
    return Reading(
        abstentions=tuple(Abstention(asked.target, reason, detail) for asked in brief.asked)
    )
