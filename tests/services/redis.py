"""A Redis of one's own: a random port, nothing on disk, gone with this process."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final, Self

from tests.services import tied
from tests.services.binaries import MissingService, redis_program
from tests.services.ports import free_port
from tests.services.postgres import ROOT

START_SECONDS: Final = 20.0


class Redis:
    """A server that keeps nothing: started again, it is empty."""

    def __init__(self, *, system: bool = True) -> None:
        """Say whether the system's own program will do."""
        self._program = redis_program(system=system)
        self._process: subprocess.Popen[bytes] | None = None
        self._port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="concord-redis-"))

    def __enter__(self) -> Self:
        """Start it."""
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *about: object) -> None:
        """End it."""
        self.close()

    @property
    def url(self) -> str:
        """Its address."""
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Start the server, empty, and wait until it answers; raises MissingService."""
        words = [str(self._program), "--port", str(self._port), "--bind", "127.0.0.1"]
        words += ["--save", "", "--appendonly", "no", "--dir", str(self.folder)]
        log = self.folder / "log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                tied.command(words, ends_by=signal.SIGTERM),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            if answers(self._port):
                return
            time.sleep(0.05)
        message = f"Redis did not start: {log.read_text(errors='replace')[-1000:]}"
        raise MissingService(message)

    def kill(self) -> None:
        """End it at once, by SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """End it and remove its folder."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def answers(port: int) -> bool:
    """Return whether a Redis on this machine answers at a port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(5) == b"+PONG"
    except OSError:
        return False
