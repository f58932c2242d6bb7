"""Lists: `?cursor=` from the answer before, `?limit=` up to 500; `{results, next}`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from annotator.core.errors import Invalid

QUERY_KEYS: Final = frozenset({"cursor", "limit"})
DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 500
MAX_CURSOR: Final = 200


@dataclass(frozen=True, slots=True)
class Page:
    """Where a list goes on (behind which id), and how many rows it gives."""

    after: str
    limit: int


def page_of(query: Mapping[str, str]) -> Page:
    """Return the asked page. Raises Invalid."""
    limit = query.get("limit", str(DEFAULT_LIMIT))
    if not (limit.isascii() and limit.isdigit() and len(limit) < 6 and 0 < int(limit) <= MAX_LIMIT):
        message = f"limit is a number from 1 to {MAX_LIMIT}."
        raise Invalid(message, fields={"limit": message})
    return Page(after=_decoded(query.get("cursor", "")), limit=int(limit))


def results(rows: Sequence[Mapping[str, object]], *, after: str | None) -> dict[str, object]:
    """Return a list's answer; `after` is the last row's id when others follow, else None."""
    return {"results": list(rows), "next": _encoded(after) if after is not None else None}


def _encoded(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _decoded(cursor: str) -> str:
    try:
        padded = cursor[:MAX_CURSOR] + "=" * (-len(cursor) % 4)
        key = base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error) as error:
        message = "The cursor is not one of this list."
        raise Invalid(message, fields={"cursor": message}) from error
    return key
