"""The dialects by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from jury.dialects.base import Dialect
from jury.dialects.judge import Judge
from jury.errors import UnknownDialect

DIALECTS: Final[Mapping[str, Dialect]] = MappingProxyType(
    {dialect.name: dialect for dialect in (Judge(),)}
)


def get(name: str) -> Dialect:
    """Return the dialect of this name.

    Raises:
        UnknownDialect: if there is none; the message lists those there are.
    """
    try:
        return DIALECTS[name]
    except KeyError:
        known = ", ".join(sorted(DIALECTS))
        message = f"unknown dialect “{name}”; known: {known}"
        raise UnknownDialect(message) from None
