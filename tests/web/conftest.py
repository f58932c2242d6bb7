"""The house of the page tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from pytest_django import DjangoDbBlocker

from tests.standing import standing
from tests.web.house import House, make_house


@pytest.fixture(autouse=True, scope="session")
def _collected() -> None:
    """Whitenoise wants its folder, though the tests serve from the sources."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture(scope="package")
def standing_house(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[House]:
    """The house that all page tests share; those that commit are in tests/release."""
    yield from standing(make_house, django_db_blocker)


@pytest.fixture
def house(standing_house: House, db: None) -> House:
    """Return the house as it was made."""
    return standing_house
