"""Bodies in: strict JSON of bounded size, holding nothing that a database would refuse."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import IO, Any, Final, NoReturn

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from annotator.core.errors import TooLarge

MAX_DEPTH: Final = 32


class StrictJson(BaseParser):
    """JSON without duplicate keys, NaN, infinities, NUL or lone surrogates."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - any JSON
        """Return the document. Raises ParseError, TooLarge."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            message = f"The body is larger than {limit:,} bytes."
            raise TooLarge(message)
        return strict_json(raw)


def strict_json(raw: bytes | str) -> object:
    """Return a JSON document. Raises ParseError."""
    try:
        text = raw if isinstance(raw, str) else raw.decode("utf-8")
        document = json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=_finite,
            parse_constant=_constant,
        )
        _check(document, MAX_DEPTH)
    except RecursionError as error:
        raise ParseError("The body is nested too deeply.") from error
    except ValueError as error:
        message = f"The body is not JSON: {error}"
        raise ParseError(message) from error
    return document


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        message = f"{text[:20]} is not a finite number"
        raise ValueError(message)
    return value


def _constant(text: str) -> NoReturn:
    message = f"{text} is not a number of JSON"
    raise ValueError(message)


def _check(value: object, depth: int) -> None:
    """Refuse what a database would: NUL, lone surrogates, bottomless nesting."""
    if depth == 0:
        message = f"nested deeper than {MAX_DEPTH}"
        raise ValueError(message)
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError("a text holds the character NUL")
        value.encode()
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check(key, depth)
            _check(inner, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth - 1)
