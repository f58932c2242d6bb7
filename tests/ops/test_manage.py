"""`manage.py` as a process: what a wrong command or a database that is not there looks like."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def manage(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env={"PATH": os.environ["PATH"], "CONCORD_HOME": str(home), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://nobody:nothing@127.0.0.1:1/none?connect_timeout=2",
        "sqlite:////nonexistent/folder/x.sqlite3",
    ],
)
def test_a_database_out_of_reach_is_one_line_and_exit_3(tmp_path: Path, url: str) -> None:
    ended = manage(tmp_path / "home", "migrate", DATABASE_URL=url)
    assert ended.returncode == 3
    (line,) = ended.stderr.splitlines()
    assert line.startswith("error: the database is not ready: ")


def test_an_unknown_command_is_wrong_usage(tmp_path: Path) -> None:
    ended = manage(tmp_path / "home", "sing")
    assert ended.returncode == 2
    assert "Unknown command: 'sing'" in ended.stderr


def test_the_sqlite_file_is_its_owners_only(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert manage(home, "showmigrations", "catalog").returncode == 0
    assert stat.S_IMODE((home / "concord.sqlite3").stat().st_mode) == 0o600
