"""The database of the races: one of its own on the server that the leg found or started."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.concurrency.team import Team, team
from tests.services import Postgres, own_database


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
def schema(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a database with the schema and nothing else, for others to be copied from."""
    with own_database(server) as url:
        Team(tmp_path_factory.mktemp("schema"), url).commands([["migrate", "--verbosity", "0"]])
        yield urlsplit(url).path.removeprefix("/")


@pytest.fixture
def house(server: str, schema: str, tmp_path: Path) -> Iterator[Team]:
    """A team's house with the schema and without rows."""
    with own_database(server, template=schema) as url, team(tmp_path, url) as made:
        yield made
