"""JSON lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from annotator.intake.readers.rows import Limits, Row, RowError
from annotator.intake.readers.streams import lines
from annotator.intake.readers.strict import Strange, decode, parse


def json_lines(path: Path, limits: Limits) -> Iterator[Row | RowError]:
    """Yield one row a line; empty lines are skipped but counted."""
    for number, raw in lines(path, limits):
        if isinstance(raw, RowError):
            yield raw
        elif raw.strip():
            yield read_object(number, raw, limits)


def read_object(line: int, raw: bytes, limits: Limits) -> Row | RowError:
    """Return the object that bytes hold, or what is wrong with them."""
    try:
        return Row(line, parse(decode(raw), limits))
    except Strange as error:
        return error.at(line)
