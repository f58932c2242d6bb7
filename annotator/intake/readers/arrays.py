"""A JSON array, streamed: its elements are cut out by their brackets, never read as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from annotator.core.errors import Unreadable
from annotator.intake.readers.lines import read_object
from annotator.intake.readers.rows import Limits, Row, RowError
from annotator.intake.readers.streams import SPACE, Survey, blocks

_OUTSIDE: Final = re.compile(rb'["\[\]{},]')
_INSIDE: Final = re.compile(rb'["\\]')


class _AfterEnd(Exception):
    """Text follows the closing bracket."""


@dataclass(slots=True)
class _Cutter:
    """Where we are in the array, and the element that is being collected."""

    limits: Limits
    number: int = 1
    depth: int = 0
    in_text: bool = False
    escaped: bool = False
    closed: bool = False
    held: bytearray = field(default_factory=bytearray)
    too_long: bool = False
    wants_more: bool = False

    def feed(self, block: bytes) -> Iterator[Row | RowError]:
        """Take the next bytes and yield the elements that end in them."""
        start = position = 0
        while match := self._next(block, position):
            at = match.start()
            position = match.end()
            character = block[at : at + 1]
            if self._inside(character):
                # A backslash hides the character after it, which may come with the next block.
                self.escaped = character == b"\\"
            elif self._separates(character):
                self._hold(block[start:at])
                start = position
                yield from self._element(last=character == b"]")
        self._hold(block[start:])

    def _next(self, block: bytes, position: int) -> re.Match[bytes] | None:
        if self.escaped and position < len(block):
            self.escaped = False
            position += 1
        return (_INSIDE if self.in_text else _OUTSIDE).search(block, position)

    def _inside(self, character: bytes) -> bool:
        """Follow texts; return whether the character belongs to one."""
        if character == b'"':
            self.in_text = not self.in_text
            return True
        return self.in_text

    def _separates(self, character: bytes) -> bool:
        """Follow brackets; return whether the character ends an element of the array."""
        if character in b"[{":
            self.depth += 1
            return False
        if character == b",":
            return self.depth == 0
        self.depth -= 1
        return self.depth < 0

    def _hold(self, part: bytes) -> None:
        if not self.held and not self.too_long:
            part = part.lstrip(SPACE)
            if not part:
                return
        if self.closed:
            raise _AfterEnd
        if self.too_long or len(self.held) + len(part) > self.limits.line_bytes:
            self.too_long = True
            self.held.clear()
        else:
            self.held += part

    def _element(self, *, last: bool) -> Iterator[Row | RowError]:
        raw = bytes(self.held).strip(SPACE)
        if self.closed:
            raise _AfterEnd
        if self.too_long:
            message = f"The element is longer than {self.limits.line_bytes:,} bytes."
            yield RowError(self.number, "", "line_too_long", message)
        elif raw:
            yield read_object(self.number, raw, self.limits)
        elif self.wants_more or not last:
            yield RowError(self.number, "", "not_json", "An element of the array is missing.")
        # Only an empty array has nothing between its brackets.
        self.number += bool(raw or self.too_long or self.wants_more or not last)
        self.held.clear()
        self.too_long = False
        self.wants_more = not last
        self.closed = last


def check_whole(path: Path, seen: Survey) -> None:
    """Refuse what is no array or is cut off, before a row of it is read; raises Unreadable."""
    if seen.first != b"[":
        raise _no_array(path)
    if seen.last != b"]":
        message = f"{path.name}: the array does not end with ]; the file is cut off."
        raise Unreadable(message)


def _no_array(path: Path) -> Unreadable:
    return Unreadable(f"{path.name}: does not start with [. One object a line is .jsonl.")


def array_rows(path: Path, limits: Limits) -> Iterator[Row | RowError]:
    """Yield one row an element; `line` is the element's number, from 1."""
    cutter = _Cutter(limits)
    opened = False
    for block in blocks(path, limits):
        rest = block
        if not opened:
            rest = block.lstrip(SPACE)
            if not rest:
                continue
            if not rest.startswith(b"["):
                raise _no_array(path)
            opened, rest = True, rest[1:]
        try:
            yield from cutter.feed(rest)
        except _AfterEnd:
            message = "Text after the end of the array; it was not read."
            yield RowError(cutter.number, "", "after_end", message)
            return
    if not cutter.closed:
        message = f"{path.name}: the array does not end; the file is cut off."
        yield RowError(cutter.number, "", "cut_off", message)
