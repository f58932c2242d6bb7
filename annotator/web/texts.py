"""Judged texts as pages show them: each message in its own direction, nothing in it hidden."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from django.utils.translation import get_language_info

from annotator.core.text import Segment, segments


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


def shown(messages: Iterable[Turn]) -> tuple[ShownMessage, ...]:
    """Return messages as the reader's templates want them."""
    return tuple(
        ShownMessage(turn.role, position, turn.target, segments(turn.content))
        for position, turn in enumerate(messages)
    )


def language_name(code: str) -> str:
    """Return a language's name in the language of the page, or the code itself."""
    try:
        return str(get_language_info(code)["name_translated"]) if code else ""
    except KeyError:
        return code
