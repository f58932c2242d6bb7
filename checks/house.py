"""A home of its own, the documented commands, and the processes that `serve` starts."""

from __future__ import annotations

import csv
import json
import os
import queue
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checks.client import CheckError

ROOT = Path(__file__).resolve().parents[1]
RUN = (sys.executable, str(ROOT / "run"))
STOP_SECONDS = 30.0


class House:
    """An instance in a folder."""

    def __init__(self, home: Path, *, sweep_seconds: int) -> None:
        """Prepare the environment; nothing runs yet."""
        self.home = home
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not _is_ours(name)},
            "CONCORD_HOME": str(home),
            "SECRET_KEY": secrets.token_urlsafe(60),
            "CONCORD_BIND": "127.0.0.1:0",
            "SWEEP_SECONDS": str(sweep_seconds),
            "LOG_LEVEL": "warning",
        }
        self._processes: list[subprocess.Popen[str]] = []

    def manage(self, *words: str) -> str:
        """Run a documented command; return its stdout. Exit code 1 is an answer too."""
        done = subprocess.run(  # noqa: S603 (our own command)
            [*RUN, "manage", *words],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in {0, 1} or (done.returncode and not done.stdout):
            message = f"manage {words[0]}: exit {done.returncode}: {_last(done.stderr)}"
            raise CheckError(message)
        return done.stdout

    def result(self, *words: str) -> dict[str, Any]:
        """Run a command with --json; return its object."""
        lines = self.manage(*words, "--json").strip().splitlines()
        if not lines:
            message = f"manage {words[0]} printed nothing"
            raise CheckError(message)
        found: dict[str, Any] = json.loads(lines[-1])
        return found

    def add_people(self, project: str, roles: Mapping[str, str]) -> dict[str, str]:
        """Add people to a project; return their tokens by name."""
        listing, tokens = self.home / "people.csv", self.home / "tokens.csv"
        with listing.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("username", "role"), *roles.items()])
        self.manage("add_people", str(listing), "--project", project, "--tokens-out", str(tokens))
        with tokens.open(newline="", encoding="utf-8") as file:
            return {row["username"]: row["token"] for row in csv.DictReader(file)}

    def serve(self, *, seconds: float) -> str:
        """Start web and jury as `serve` does; return the address once it says ready."""
        process = self._start("serve")
        lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=_pass_on, args=(process, lines), daemon=True).start()
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                line = lines.get(timeout=left)
            except queue.Empty:
                break
            if line is None:
                raise CheckError("serve ended before it was ready")
            if found := re.match(r"ready (http://\S+)", line):
                return found[1]
        message = f"serve was not ready within {seconds:.0f} s"
        raise CheckError(message)

    def web_only(self) -> str:
        """Start the web alone; return its address."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.environment["CONCORD_BIND"] = f"127.0.0.1:{port}"
        self._start("web")
        return f"http://127.0.0.1:{port}"

    def close(self) -> None:
        """End every process that was started."""
        for process in self._processes:
            process.send_signal(signal.SIGTERM)
        for process in self._processes:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()

    def _start(self, word: str) -> subprocess.Popen[str]:
        log = (self.home / f"{word}.log").open("w", encoding="utf-8")
        process = subprocess.Popen(  # noqa: S603 (our own command)
            [*RUN, word],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        log.close()
        self._processes.append(process)
        return process


def _pass_on(process: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
    for line in process.stdout or ():
        lines.put(line)
    lines.put(None)


def _is_ours(name: str) -> bool:
    """Whether a variable would point the check at another instance."""
    known = {"DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "ALLOWED_HOSTS", "METRICS_TOKEN"}
    return name in known or name.startswith(("OPENAI_", "SECRET_KEY", "DATABASE_URL_", "REDIS_"))


def _last(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
