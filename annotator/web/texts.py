"""Judged texts as pages show them: each message in its own direction, nothing in it hidden."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.utils.translation import get_language_info

from annotator.core.text import Segment, segments
from jury.verdict import QuestionSchema


class Turn(Protocol):
    """A message of an item."""

    @property
    def role(self) -> str:
        """Who speaks."""
        ...

    @property
    def content(self) -> str:
        """What is said."""
        ...

    @property
    def target(self) -> str:
        """The judged part it is; empty for context."""
        ...


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A message with its invisible characters made visible."""

    role: str
    position: int
    target: str
    segments: tuple[Segment, ...]


Judged = Mapping[str, Collection[QuestionSchema]]
"""The targets that a page knows, each with what is asked about it."""


def shown(messages: Sequence[Turn], judged: Judged) -> tuple[ShownMessage, ...]:
    """Return messages as the reader's templates want them.

    A message belongs to the judged part it is, else to the one that is judged as a whole, if any;
    what belongs to none is context.
    """
    whole = _whole({turn.target for turn in messages}, judged)
    return tuple(
        ShownMessage(
            role=turn.role,
            position=position,
            target=turn.target if turn.target in judged else whole,
            segments=segments(turn.content),
        )
        for position, turn in enumerate(messages)
    )


def _whole(named: Collection[str], judged: Judged) -> str:
    """Return the part that is more than one message; a comparison has its messages named."""
    for target, questions in judged.items():
        if target not in named and any(each.asked_of != "pair" for each in questions):
            return target
    return ""


def language_name(code: str) -> str:
    """Return a language's name in the language of the page, or the code itself."""
    try:
        return str(get_language_info(code)["name_translated"]) if code else ""
    except KeyError:
        return code
