"""The house of the page tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from tests.web.house import House, make_house


@pytest.fixture(autouse=True, scope="session")
def _collected() -> None:
    """Whitenoise wants its folder, though the tests serve from the sources."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture
def house(db: None) -> House:
    """Return a fresh house."""
    return make_house()
