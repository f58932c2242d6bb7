"""Rows that the tests of a module share: made once, taken back when its last test is over.

Each test's own transaction is inside theirs, so that it finds them as they were made. Who needs rows
that other connections see makes them in the test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from django.db import transaction
from pytest_django import DjangoDbBlocker

T = TypeVar("T")


def standing(make: Callable[[], T], blocker: DjangoDbBlocker) -> Iterator[T]:
    """Yield what `make` made; the body of a fixture of a module."""
    shared = transaction.atomic()
    with blocker.unblock():
        shared.__enter__()
        made = make()
    yield made
    with blocker.unblock():
        transaction.set_rollback(True)
        shared.__exit__(None, None, None)
