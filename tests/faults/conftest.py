"""Servers of the faults' own: they are killed, so a given one is never used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.concurrency.team import Team, team
from tests.services import Postgres, Redis, own_database


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL that survives being killed."""
    with Postgres(durable=True) as started:
        yield started


@pytest.fixture
def redis() -> Iterator[Redis]:
    """A Redis that keeps nothing."""
    with Redis() as started:
        yield started


@pytest.fixture(scope="session")
def schema(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a database with the schema and nothing else, for others to be copied from."""
    with own_database(postgres.url) as url:
        Team(tmp_path_factory.mktemp("schema"), url).commands([["migrate", "--verbosity", "0"]])
        yield urlsplit(url).path.removeprefix("/")


@pytest.fixture
def house(postgres: Postgres, schema: str, tmp_path: Path) -> Iterator[Team]:
    """A team's house with the schema and without rows."""
    with own_database(postgres.url, template=schema) as url, team(tmp_path, url) as made:
        yield made
