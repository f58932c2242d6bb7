"""The servers of the tests: nothing outside is changed, nothing stays behind."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg

from tests.house import ROOT
from tests.services import Postgres, Redis, own_database
from tests.services.binaries import WHEEL, site_packages

DATABASES = "SELECT array_agg(datname ORDER BY datname) FROM pg_database"
HOLDER = """
import json, os, sys, time
from tests.services import Postgres, Redis
with Postgres() as postgres, Redis() as redis:
    print(json.dumps([str(postgres.folder), str(redis.folder)]), flush=True)
    time.sleep(600)
"""


def modes(folder: Path) -> dict[str, int]:
    """Return the modes of all files in a folder."""
    return {str(path): stat.S_IMODE(path.lstat().st_mode) for path in folder.rglob("*")}


def holding(word: str) -> list[int]:
    """Return the processes whose command line or folder holds a word."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            about = (folder / "cmdline").read_bytes().decode() + str((folder / "cwd").readlink())
        except OSError:
            continue
        if folder.name.isdigit() and word in about:
            found.append(int(folder.name))
    return found


def test_the_programs_in_the_wheels_do_where_the_system_has_none() -> None:
    accounts = Path("/etc/passwd").read_bytes()
    before = modes(site_packages() / WHEEL)
    with Postgres(system=False) as postgres, Redis(system=False) as redis:
        with psycopg.connect(postgres.url) as connection:
            assert connection.info.server_version >= 150_000
        assert redis.url
    assert not postgres.folder.exists()
    assert Path("/etc/passwd").read_bytes() == accounts
    assert modes(site_packages() / WHEEL) == before


def test_a_given_server_keeps_its_databases(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        before = connection.execute(DATABASES).fetchone()
        with own_database(postgres.url) as url:
            assert connection.execute(DATABASES).fetchone() != before
            assert "/test_" in url
        assert connection.execute(DATABASES).fetchone() == before


def test_servers_end_with_who_started_them_even_by_sigkill() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        try:
            folders = json.loads(holder.stdout.readline())
            running = [holding(folder) for folder in folders]
        finally:
            holder.send_signal(signal.SIGKILL)
    assert all(running), running
    until = time.monotonic() + 10
    while any(holding(folder) for folder in folders):
        assert time.monotonic() < until
        time.sleep(0.1)
