"""Servers of the faults' own: they are killed, so a given one is never used."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.concurrency.stock import Stock, stocked
from tests.concurrency.team import Team
from tests.services import Postgres, Redis

SMALL = "1m"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL that survives being killed, with a small disk that begins anew when it starts."""
    with Postgres(durable=True, small=SMALL if may_mount() else "") as started:
        yield started


def may_mount() -> bool:
    """Return whether a small disk can be mounted here, which a container may forbid."""
    room = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    words = [*room, "sh", "-c", "mount -t tmpfs -o size=8k none /tmp"]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


@pytest.fixture
def redis() -> Iterator[Redis]:
    """A Redis that keeps nothing."""
    with Redis() as started:
        yield started


@pytest.fixture(scope="session")
def stock(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stock]:
    """What the houses are copied from."""
    with stocked(postgres.url, tmp_path_factory.mktemp("stock"), crashes=True) as made:
        yield made


@pytest.fixture
def house(stock: Stock, tmp_path: Path) -> Iterator[Team]:
    """A team's house with the schema and without rows."""
    with stock.house(tmp_path) as made:
        yield made
