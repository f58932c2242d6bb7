"""One moment of the database, held while a release reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from django.db import connection, connections, transaction

Step = Callable[[int, int], None]
"""Is told how many of how many items are done; may raise to stop."""


@contextmanager
def snapshot() -> Iterator[None]:
    """Let all reads inside see one state of the database, without stopping writers.

    PostgreSQL: repeatable read. SQLite: a deferred transaction, which reads one state of the
    write-ahead log. Inside a transaction that is open already, that one is the snapshot.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
    else:
        # Not atomic(): that begins an IMMEDIATE transaction, which would stop every writer.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


@contextmanager
def apart(step: Step) -> Iterator[Step]:
    """Call `step` in a thread with a connection of its own: it may write, a snapshot may not."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="progress") as pool:
        try:
            yield lambda done, total: pool.submit(step, done, total).result()
        finally:
            pool.submit(connections.close_all).result()
