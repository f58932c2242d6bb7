"""Which tests use the database, so that another database need not repeat the others."""

from __future__ import annotations

from typing import Final

import pytest

ASKED: Final = frozenset({"db", "transactional_db", "live_server", "django_db_setup"})
"""By any of these, or by its mark, pytest-django opens the database to a test."""


def stores(item: pytest.Item) -> bool:
    """Return whether a test may use the database."""
    marked = item.get_closest_marker("django_db") is not None
    return marked or not ASKED.isdisjoint(getattr(item, "fixturenames", ()))
