"""Fields of a file's row of votes, each read strictly; what is wrong raises BadRow with its field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from annotator.intake.rows import BadRow
from jury.verdict import QuestionSchema

LONGEST: Final[Mapping[str, int]] = {
    "item": 400,
    "target": 20,
    "rater": 60,
    "reason": 20,
    "model": 200,
    "juror_version": 100,
    "other": 200,
}
_YES: Final = frozenset({"true", "1", "yes"})
_NO: Final = frozenset({"", "false", "0", "no"})


def folded(text: str) -> str:
    """Return text as names are compared: without case, underscores or extra space."""
    return " ".join(text.replace("_", " ").split()).casefold()


def text_of(data: Mapping[str, object], field: str) -> str:
    """Return a field as text, empty where it is missing."""
    value = data.get(field)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadRow(field, "not_text", f"`{field}` must be text.")
    text = str(value)
    if len(text) > LONGEST.get(field, 200):
        message = f"`{field}` is longer than {LONGEST.get(field, 200)} characters."
        raise BadRow(field, "too_long", message)
    return text


def required(data: Mapping[str, object], field: str) -> str:
    """Return a field that must be there."""
    text = text_of(data, field)
    if not text:
        raise BadRow(field, "missing", f"`{field}` is missing.")
    return text


def choice(
    data: Mapping[str, object], field: str, known: tuple[str, ...], default: str = ""
) -> str:
    """Return one of the known values."""
    text = text_of(data, field) or default
    if text not in known:
        message = f"“{text[:60]}” is not one of: {', '.join(known)}."
        raise BadRow(field, "unknown_value", message)
    return text


def severity_of(question: QuestionSchema, data: Mapping[str, object]) -> str:
    """Return one of the question's severities, or empty."""
    text = folded(text_of(data, "severity"))
    if text and question.severity and text not in question.severity:
        message = f"“{text[:60]}” is not one of: {', '.join(question.severity)}."
        raise BadRow("severity", "unknown_severity", message)
    if len(text) > 20:
        raise BadRow("severity", "too_long", "`severity` is longer than 20 characters.")
    return text


def flag(data: Mapping[str, object], field: str) -> bool:
    """Return true or false; empty is false."""
    value = data.get(field)
    if isinstance(value, bool):
        return value
    text = text_of(data, field).casefold()
    if text not in _YES | _NO:
        raise BadRow(field, "not_a_flag", f"`{field}` must be true or false.")
    return text in _YES


def seconds_of(data: Mapping[str, object]) -> float | None:
    """Return a number of seconds, None where it is missing."""
    value = data.get("seconds")
    if value is None or value == "":
        return None
    try:
        seconds = float(value) if isinstance(value, str | int | float) else -1.0
    except ValueError:
        seconds = -1.0
    if isinstance(value, bool) or not 0 <= seconds < float("inf"):
        raise BadRow("seconds", "not_a_number", "`seconds` must be a number, 0 or more.")
    return seconds


def round_of(data: Mapping[str, object]) -> int:
    """Return the round a vote is of, 1 where it is missing."""
    text = text_of(data, "round") or "1"
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1000):
        raise BadRow("round", "not_a_number", "`round` must be a whole number from 1.")
    return int(text)


def time_of(data: Mapping[str, object]) -> datetime | None:
    """Return a time in UTC, None where it is missing."""
    text = text_of(data, "at")
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadRow("at", "not_a_time", "`at` must be a time in ISO 8601.") from error
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
