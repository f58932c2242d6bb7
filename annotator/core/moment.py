"""A transaction that sees one moment of the database, and may write what it made of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import OperationalError, connection, transaction

_SERIALIZATION_FAILURE: Final = "40001"


@contextmanager
def one_moment() -> Iterator[None]:
    """Let all reads inside see one state of the database; part of a transaction that is open already.

    Who changes meanwhile what is written here makes it fail on PostgreSQL: nothing is written then.
    """
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def overtaken(error: OperationalError) -> bool:
    """Return whether a moment's writing failed because somebody else wrote the same meanwhile."""
    return getattr(error.__cause__, "sqlstate", "") == _SERIALIZATION_FAILURE
