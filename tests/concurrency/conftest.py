"""The houses of the races: each with a database of its own on the server that the leg found."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.concurrency.stock import Stock, stocked
from tests.concurrency.team import Team
from tests.services import Postgres


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a PostgreSQL: the one that was given, else one started here."""
    given = os.environ.get("CONCORD_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with Postgres() as started:
        yield started.url


@pytest.fixture(scope="session")
def stock(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stock]:
    """What the houses are copied from."""
    with stocked(server, tmp_path_factory.mktemp("stock")) as made:
        yield made


@pytest.fixture
def house(stock: Stock, tmp_path: Path) -> Iterator[Team]:
    """A team's house with the schema and without rows."""
    with stock.house(tmp_path) as made:
        yield made
