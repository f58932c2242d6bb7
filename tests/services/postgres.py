"""A PostgreSQL of one's own on a random port; or a database of one's own on a given server."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tests.services import tied
from tests.services.binaries import NOBODY, MissingService, postgres_programs
from tests.services.ports import free_port

ROOT: Final = Path(__file__).resolve().parents[2]
STOPS: Final = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
START_SECONDS: Final = 60.0
SETTINGS: Final[Mapping[str, str]] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "120",
    "shared_buffers": "128MB",
    "log_min_messages": "warning",
    "deadlock_timeout": "200ms",
}


class Postgres:
    """A server that ends with this process; as root it runs as nobody, in a folder of nobody's."""

    def __init__(
        self,
        *,
        durable: bool = False,
        system: bool = True,
        small: str = "",
        kept: Path | None = None,
        settings: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Say what kind of server it is.

        Args:
            durable: whether a commit waits for the disk; a killed server needs it, a unit test
                does not.
            system: whether the system's own programs will do.
            small: the size of a disk of its own, mounted at `small` where only the server sees
                it, as mount calls sizes; for a tablespace that fills up.
            kept: a folder whose cluster stays, and is used again if it is there.
            settings: what differs from `SETTINGS`.
        """
        self._settings = {
            **SETTINGS,
            **settings,
            "fsync": "on" if durable else "off",
            "synchronous_commit": "on" if durable else "off",
            "full_page_writes": "on" if durable else "off",
        }
        self._system = system
        self._user = NOBODY if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        self._kept = kept is not None
        self.folder = kept or Path(tempfile.mkdtemp(prefix="concord-postgres-"))
        self.small = self.folder / "place" / "small"
        self._size = small
        self._password = secrets.token_hex(16)
        self._port = 0

    def __enter__(self) -> Self:
        """Make the cluster and start it."""
        try:
            self._make()
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *about: object) -> None:
        """Stop it and remove all of it."""
        self.close()

    @property
    def url(self) -> str:
        """The address of its maintenance database."""
        return f"postgresql://concord:{self._password}@127.0.0.1:{self._port}/postgres"

    @property
    def has_small_disk(self) -> bool:
        """Whether `small` is a disk of its own, and not a folder of the host's."""
        return bool(self._size)

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The running server."""
        assert self._process is not None
        return self._process

    def start(self) -> None:
        """Start the server and wait until it answers.

        Raises:
            MissingService: it does not start; the message holds the end of its log.
        """
        log = self.folder / "log"
        self._port = self._port or free_port()
        words = [str(self._programs / "postgres"), "-D", str(self._data), "-p", str(self._port)]
        for name, value in self._settings.items():
            words += ["-c", f"{name}={value}"]
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                self._beside_a_disk(tied.command(words, ends_by=signal.SIGQUIT, user=self._user)),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        message = f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}"
        raise MissingService(message)

    def stop(self, mode: str = "fast") -> None:
        """Stop the server: smart, fast or immediate, as pg_ctl calls them; its data stays."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(STOPS[mode])
            self._process.wait(30)

    def close(self) -> None:
        """Stop it and remove all of it, but for a cluster that is kept."""
        if self._kept:
            self.stop()
            return
        self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _beside_a_disk(self, words: list[str]) -> list[str]:
        """Return the command in a room of its own with the small disk, if there is one.

        Each program becomes the next, so that the process stays the one that is waited for.
        """
        if not self._size:
            return words
        room, back = ["unshare", "--mount"], []
        if os.geteuid():
            room.append("--map-root-user")
            back = ["unshare", f"--map-user={os.geteuid()}", f"--map-group={os.getegid()}"]
        owner = os.geteuid() if self._user is None else self._user
        options = f"size={self._size},mode=0777" + ("" if os.geteuid() else f",uid={owner}")
        mount = f'mount -t tmpfs -o {options} none "$0" && exec "$@"'
        return [*room, "sh", "-c", mount, str(self.small), *back, *words]

    def _make(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._programs = postgres_programs(self.folder, system=self._system)
        place = self.folder / "place"
        self._data = place / "data"
        secret = place / "password"
        if (self._data / "PG_VERSION").exists():
            self._password = secret.read_text()
            return
        place.mkdir(mode=0o700)
        self.small.mkdir()
        secret.write_text(self._password)
        if self._user is not None:
            self.folder.chmod(0o711)
            os.chown(place, self._user, self._user)
            os.chown(secret, self._user, self._user)
        words = [str(self._programs / "initdb"), "-D", str(self._data), "-U", "concord"]
        words += ["-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--locale=C"]
        done = subprocess.run(
            tied.command([*words, "--no-sync"], ends_by=signal.SIGKILL, user=self._user),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            message = f"PostgreSQL's initdb failed: {(done.stderr or done.stdout).strip()[-1000:]}"
            raise MissingService(message)


@contextmanager
def own_database(url: str, *, template: str = "template1") -> Iterator[str]:
    """Make a database `test_<random>` on a server, yield its address, and drop it again.

    No other database of the server is touched.

    Args:
        url: an address on the server.
        template: the database that is copied; nobody may be connected to it.
    """
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as connection:
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
    try:
        yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            connection.execute(drop.format(sql.Identifier(name)))


def refilled(server: str, name: str, template: str, *, crashes: bool) -> None:
    """Make a database anew as a copy of another one on its server; nobody may be connected.

    Args:
        server: an address on the server.
        name: the database that is made anew.
        template: the one that is copied.
        crashes: whether the server is to be killed later. A copied sequence takes the numbers that
            its original has logged ahead for logged ahead of its own; after a crash they would be
            given again. A checkpoint makes the next number be logged.
    """
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
        if crashes:
            connection.execute("CHECKPOINT")
