"""What of an item can be judged: the one table that knows targets by name.

A part is found in an item's messages or columns. Adding a target is adding a row here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

USER: Final = "user"
ASSISTANT: Final = "assistant"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a row; `column` is the file's column it came from, if it had one."""

    role: str
    content: str
    column: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A unit to be: its target, and the message it is (None: more than one message)."""

    target: str
    message: int | None


Finder = Callable[[str, Sequence[Message]], Iterator[Part]]


@dataclass(frozen=True, slots=True)
class TargetPreset:
    """A target that projects can declare.

    Attributes:
        key: Its name in files and addresses.
        title: What people see.
        badge: One or two characters for a key cap.
        find: Yields the parts of an item that it names; none where the item lacks the text.
        column: The file's column that holds its text, where it is one of its own.
        declarable: Whether a project file may name it (else it follows from questions).
        asks_jury_when_derived: Whether the jury is asked although people's answer is derived.
    """

    key: str
    title: str
    badge: str
    find: Finder
    column: str = ""
    declarable: bool = True
    asks_jury_when_derived: bool = False


def _last_user(messages: Sequence[Message]) -> int | None:
    return next((i for i in reversed(range(len(messages))) if messages[i].role == USER), None)


def _prompt(key: str, messages: Sequence[Message]) -> Iterator[Part]:
    index = _last_user(messages)
    if index is not None:
        yield Part(key, index)


def _response(key: str, messages: Sequence[Message]) -> Iterator[Part]:
    asked = _last_user(messages)
    if asked is None:
        return
    for index in range(asked + 1, len(messages)):
        message = messages[index]
        if message.role == ASSISTANT and message.column in ("", key):
            yield Part(key, index)
            return


def _column(key: str, messages: Sequence[Message]) -> Iterator[Part]:
    for index, message in enumerate(messages):
        if message.column == key:
            yield Part(key, index)
            return


def _dialogue(key: str, messages: Sequence[Message]) -> Iterator[Part]:
    yield Part(key, None)


def _turns(key: str, messages: Sequence[Message]) -> Iterator[Part]:
    for index in range(len(messages)):
        yield Part(f"{key}:{index}", index)


def _pair(key: str, messages: Sequence[Message]) -> Iterator[Part]:
    present = {message.column for message in messages}
    if present.issuperset(PAIR_COLUMNS):
        yield Part(key, None)


PAIR_COLUMNS: Final = ("response_0", "response_1")

TARGETS: Final[Mapping[str, TargetPreset]] = MappingProxyType(
    {
        preset.key: preset
        for preset in (
            TargetPreset("dialogue", "Dialogue", "D", _dialogue),
            TargetPreset("prompt", "Prompt", "P", _prompt),
            TargetPreset("response", "Response", "R", _response, asks_jury_when_derived=True),
            TargetPreset("response_0", "First response", "1", _column, column="response_0"),
            TargetPreset("response_1", "Second response", "2", _column, column="response_1"),
            TargetPreset("turn", "Turn", "T", _turns),
            TargetPreset("pair", "Both responses", "=", _pair, declarable=False),
        )
    }
)

# Names every message: beside a target of single messages, one message would be two targets.
EVERY_MESSAGE: Final = frozenset({"turn"})


def declarable() -> tuple[str, ...]:
    """Return the keys that a project file may name."""
    return tuple(key for key, preset in TARGETS.items() if preset.declarable)


def columns_of(targets: Sequence[str]) -> tuple[str, ...]:
    """Return the file's columns that hold texts of these targets alone, in their order."""
    named = (TARGETS[key].column for key in TARGETS if key in targets)
    return tuple(column for column in named if column)


def parts(messages: Sequence[Message], targets: Sequence[str]) -> tuple[Part, ...]:
    """Return the parts of an item that a project's targets name, in the project's order."""
    return tuple(part for key in targets for part in TARGETS[key].find(key, messages))


def marked(messages: Sequence[Message], found: Sequence[Part]) -> tuple[Message, ...]:
    """Return the messages, each marked with the target it is."""
    names: dict[int, str] = {}
    for part in found:
        if part.message is not None:
            names.setdefault(part.message, part.target)
    return tuple(
        replace(message, target=names.get(index, "")) for index, message in enumerate(messages)
    )
