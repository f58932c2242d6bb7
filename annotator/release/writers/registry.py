"""Which formats an export can have, and in which shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from annotator.core.errors import Invalid
from annotator.release.canonical import HashedFile
from annotator.release.writers.datasets import write_aegis2, write_chat, write_wildguard
from annotator.release.writers.plain import write_csv, write_jsonl
from annotator.release.writers.shapes import SHAPES, Shape, Table

Write = Callable[[Table, Mapping[str, str], HashedFile], None]
"""Writes a table; is also told the names of the categories by id."""


@dataclass(frozen=True, slots=True)
class Format:
    """A way to render a release; the first shape is the default."""

    key: str
    suffix: str
    media_type: str
    shapes: tuple[Shape, ...]
    write: Write


FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {
        each.key: each
        for each in (
            Format("jsonl", "jsonl", "application/x-ndjson", SHAPES, write_jsonl),
            Format("csv", "csv", "text/csv; charset=utf-8", SHAPES, write_csv),
            Format("aegis2", "aegis2.json", "application/json", ("items",), write_aegis2),
            Format(
                "wildguard", "wildguard.jsonl", "application/x-ndjson", ("items",), write_wildguard
            ),
            Format("chat", "chat.jsonl", "application/x-ndjson", ("units",), write_chat),
        )
    }
)


def format_for(key: str, shape: str | None) -> tuple[Format, Shape]:
    """Return a format and the shape to use. Raises Invalid that names what there is."""
    found = FORMATS.get(key)
    if found is None:
        message = f"There is no format {key!r} here; available: {', '.join(FORMATS)}."
        raise Invalid(message, fields={"format": message})
    if shape is None:
        return found, found.shapes[0]
    for known in found.shapes:
        if known == shape:
            return found, known
    message = f"The format {key} has no shape {shape!r}; available: {', '.join(found.shapes)}."
    raise Invalid(message, fields={"shape": message})
