"""Strict text and strict JSON: what two readers could understand differently is refused."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Final, Never

from annotator.intake.readers.rows import Limits, RowError

MAX_INTEGER: Final = 2**64
MAX_KEYS: Final = 1000
_ESCAPE: Final = re.compile(r"\\u", re.IGNORECASE)


class Strange(ValueError):
    """A value that is refused: the field it stands in, a stable code and a sentence."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field

    def at(self, line: int) -> RowError:
        """Return the same as the error of a line."""
        return RowError(line, self.field, self.code, self.message)


def decode(raw: bytes) -> str:
    """Return bytes as text; raises Strange for anything but strict UTF-8 without NUL."""
    try:
        text = raw.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        message = f"Byte {error.start + 1} of the line is not UTF-8."
        raise Strange("not_utf8", message) from error
    if "\0" in text:
        raise Strange("nul", "The line holds a NUL character.")
    return text


def parse(text: str, limits: Limits) -> dict[str, object]:
    """Return the object that a JSON text holds; raises Strange."""
    try:
        value = _DECODER.decode(text)
    except RecursionError as error:
        raise _too_deep(limits) from error
    except json.JSONDecodeError as error:
        message = f"Not JSON: {error.msg} at column {error.colno}."
        raise Strange("not_json", message) from error
    if not isinstance(value, dict):
        raise Strange("not_an_object", "A row must be an object: {…}.")
    if text.count("{") + text.count("[") > limits.depth or _ESCAPE.search(text):
        check(value, limits)
    return value


def check(value: object, limits: Limits, field: str = "") -> None:
    """Raise Strange for what no database keeps as it is: NUL, lone surrogates, too much depth."""
    stack: list[tuple[object, str, int]] = [(value, field, 1)]
    while stack:
        each, where, depth = stack.pop()
        if isinstance(each, str):
            check_text(each, where)
        elif isinstance(each, Mapping | list):
            if depth > limits.depth:
                raise _too_deep(limits)
            pairs = each.items() if isinstance(each, Mapping) else (("", part) for part in each)
            for key, part in pairs:
                check_text(key, where)
                stack.append((part, where or key, depth + 1))


def check_text(text: str, field: str = "") -> None:
    """Raise Strange for NUL and lone surrogates."""
    if "\0" in text:
        raise Strange("nul", "The text holds a NUL character.", field)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        message = "The text holds half of a surrogate pair, which is no character."
        raise Strange("lone_surrogate", message, field) from error


def _too_deep(limits: Limits) -> Strange:
    return Strange("too_deep", f"The row is nested deeper than {limits.depth} levels.")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(pairs) > MAX_KEYS:
        message = f"An object has more than {MAX_KEYS} keys."
        raise Strange("too_many_keys", message)
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            message = f"The key {key[:60]!r} stands there twice."
            raise Strange("duplicate_key", message, key[:60])
        found[key] = value
    return found


def _constant(name: str) -> Never:
    message = f"{name} is not a JSON number."
    raise Strange("not_a_number", message)


def _integer(digits: str) -> int:
    # Twenty digits hold every 64-bit id; more would be read as a float by other programs.
    if len(digits) > len(str(MAX_INTEGER)) + 1 or abs(int(digits)) >= MAX_INTEGER:
        raise Strange("huge_number", "An integer does not fit into 64 bits.")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise Strange("huge_number", "A number is too large.")
    return value


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_constant=_constant,
    parse_int=_integer,
    parse_float=_float,
    strict=True,
)
