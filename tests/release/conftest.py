"""Every test has a data folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def home(settings: Settings, tmp_path: Path) -> Path:
    """Return the data folder."""
    place = tmp_path / "home"
    place.mkdir()
    settings.CONCORD_HOME = place
    return place
