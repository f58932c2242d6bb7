"""L08: the disk is full in the middle of an export, under PostgreSQL, and under SQLite."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.concurrency.stock import Stock
from tests.concurrency.team import Team, team
from tests.faults.gates import GATES
from tests.house import ROOT
from tests.services import Postgres

ITEMS = 30
PATIENCE = 120.0
NO_MOUNT = "a small disk cannot be mounted here; in a container add the capability SYS_ADMIN"
FILL = "INSERT INTO filler SELECT repeat(md5(n::text), 20) FROM generate_series(1, 20) n"
STORED = "SELECT idempotency_key FROM labeling_annotation"
SCRIPT = """
mount -t tmpfs -o size=8k none "$1" || exit 99
cd "$1" && shift
printf old > out.jsonl
"$@"
echo "exit $?"
ls -A
cat out.jsonl
"""


def on_a_small_disk(house: Team, folder: Path, *words: str) -> str:
    """Run a command in a folder of two pages that only it sees, and tell what is there afterwards."""
    apart = (
        ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    )
    done = subprocess.run(
        [*apart, "sh", "-c", SCRIPT, "sh", str(folder), sys.executable, str(ROOT / "run"), *words],
        env=house.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{NO_MOUNT}: {done.stdout}"
    return done.stdout


def test_l08_an_export_that_finds_the_disk_full_leaves_the_old_one(
    house: Team, tmp_path: Path
) -> None:
    house.prepare(items=ITEMS, people=1, overlap=1)
    worker = house.client(house.run("web", WEB_WORKERS="1"), "p0", patience=1)
    assert worker.wait(120) == 0
    assert len(house.ledger("ack")) == ITEMS
    overrides = [f"--override={gate}=only to fill a disk" for gate in GATES]
    house.commands([["freeze", "--project", "race", *overrides]])
    small = tmp_path / "small"
    small.mkdir()
    said = on_a_small_disk(
        house,
        small,
        "manage",
        "export",
        "race/1",
        "--format",
        "jsonl",
        "--shape",
        "units",
        "-o",
        "out.jsonl",
    )
    assert "No space left on device" in said
    assert said.endswith("exit 3\nout.jsonl\nold"), said


def wait_for(done: Callable[[], bool]) -> None:
    """Wait until it is so."""
    until = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < until
        time.sleep(0.1)


def label_over_a_full_disk(house: Team, url: str, make_room: Callable[[], object]) -> None:
    """Label until the disk is full, make room, and label the rest; check the ledger but the rows."""
    worker = house.client(url, "p0", patience=2)
    wait_for(lambda: worker.poll() is not None or len(house.ledger("refused")) >= 3)
    assert worker.poll() is None  # it ends at once when it is answered 500
    acknowledged = len(house.ledger("ack"))
    assert acknowledged < ITEMS
    make_room()
    assert worker.wait(PATIENCE) == 0
    refused = house.ledger("refused")
    assert {line["status"] for line in refused} == {503}
    assert all(line["retry_after"] for line in refused)
    assert house.ledger("broken") == []
    keys = [line["key"] for line in house.ledger("ack")]
    assert len(keys) == len(set(keys)) == ITEMS


def add_for_ever(connection: psycopg.Connection) -> None:
    """Add rows until that fails."""
    while True:
        connection.execute(FILL)


@contextmanager
def filled(house: Team, place: Path) -> Iterator[None]:
    """Have the answers on the small disk, which is filled to the last page."""
    with psycopg.connect(house.database, autocommit=True) as connection:
        connection.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
        try:
            connection.execute("ALTER TABLE labeling_annotation SET TABLESPACE small")
            connection.execute("CREATE TABLE filler (words text) TABLESPACE small")
            connection.execute("ALTER TABLE filler ALTER words SET STORAGE PLAIN")
            with pytest.raises(psycopg.errors.DiskFull):
                add_for_ever(connection)
            yield
        finally:
            connection.execute("DROP TABLE IF EXISTS filler")
            connection.execute("ALTER TABLE labeling_annotation SET TABLESPACE pg_default")
            connection.execute("DROP TABLESPACE small")


def test_l08_answers_wait_while_postgres_finds_its_disk_full(
    house: Team, postgres: Postgres
) -> None:
    assert postgres.has_small_disk, NO_MOUNT
    house.prepare(items=ITEMS, people=1, overlap=1)
    url = house.run("web")
    with filled(house, postgres.small):
        label_over_a_full_disk(house, url, lambda: house.rows("DROP TABLE filler"))
    assert {len(rows) for rows in house.annotations().values()} == {1}
    assert len(house.annotations()) == ITEMS
    house.clean()


def test_l08_answers_wait_while_sqlite_finds_its_disk_full(stock: Stock, tmp_path: Path) -> None:
    (tmp_path / "static").symlink_to(stock.static)
    with team(tmp_path, "") as house:
        migrate = ["migrate", "--verbosity", "0"]
        house.prepare(items=ITEMS, people=1, overlap=1, before=[migrate])
        url = house.run("web")
        file = next(tmp_path.glob("*.sqlite3"))
        log = file.with_name(f"{file.name}-wal")
        servers = house.pids("gunicorn")
        _, most = resource.prlimit(servers[0], resource.RLIMIT_FSIZE)
        full = (log.stat().st_size if log.exists() else 0) + 100_000

        def limit(size: int) -> None:
            for pid in servers:
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, most))

        limit(full)
        label_over_a_full_disk(house, url, lambda: limit(most))
        with closing(sqlite3.connect(file)) as connection:
            stored = [key for (key,) in connection.execute(STORED)]
        assert len(stored) == len(set(stored)) == ITEMS
        assert set(stored) == {line["key"] for line in house.ledger("ack")}
