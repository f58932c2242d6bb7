"""A running house for tests: a home of its own, the documented commands, the real processes."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.services import tied

ROOT = Path(__file__).resolve().parents[1]
RUN = [sys.executable, str(ROOT / "run")]


def say(text: str) -> None:
    """Tell what happens, on stderr."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")


def plain_environment() -> dict[str, str]:
    """Return this process's environment without what makes it a test run."""
    ours = {"DJANGO_SETTINGS_MODULE", "CONCORD_HOME", "SECRET_KEY", "DATABASE_URL", "REDIS_URL"}
    return {name: value for name, value in os.environ.items() if name not in ours}


class House:
    """A home of its own, the commands, and the processes that serve it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {
            **plain_environment(),
            "CONCORD_HOME": str(home),
            "SECRET_KEY": "golden run " + os.urandom(32).hex(),
            "CONCORD_BIND": "127.0.0.1:0",
            "SWEEP_SECONDS": "2",
            "LOG_LEVEL": "warning",
        }
        self.processes: list[subprocess.Popen[str]] = []

    def manage(self, *words: str) -> str:
        """Run a documented command; return its stdout. Exit codes 0 and 1 are answers."""
        done = subprocess.run(
            [*RUN, "manage", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in {0, 1}:
            message = f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
            raise RuntimeError(message)
        return done.stdout

    def result(self, *words: str) -> Any:
        """Run a command with --json; return its object."""
        return json.loads(self.manage(*words, "--json").strip().splitlines()[-1])

    def start(self, words: list[str]) -> subprocess.Popen[str]:
        """Start a process of this house; it ends with this one, even if that is killed."""
        process = subprocess.Popen(
            tied.command(words, ends_by=signal.SIGTERM),
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    def add_people(self, project: str, roles: dict[str, str]) -> dict[str, str]:
        """Add people to a project; return their API tokens by name."""
        listing = self.home / f"people-{project}.csv"
        tokens = self.home / f"tokens-{project}.csv"
        lines = "".join(f"{name},{role}\n" for name, role in roles.items())
        listing.write_text("username,role\n" + lines)
        self.manage("add_people", str(listing), "--project", project, "--tokens-out", str(tokens))
        with tokens.open(newline="") as rows:
            return {row["username"]: row["token"] for row in csv.DictReader(rows)}

    def apply(self, text: str) -> None:
        """Apply a project file."""
        path = self.home / "project.toml"
        path.write_text(text)
        self.manage("apply", str(path))

    def pids(self, word: str) -> list[int]:
        """Return the processes of this house whose command line holds a word."""
        found = []
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                environment = (folder / "environ").read_bytes()
                line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if f"CONCORD_HOME={self.home}".encode() in environment and word in line:
                found.append(int(folder.name))
        return found

    def serve(self) -> str:
        """Start web and jury; return the address."""
        process = self.start([*RUN, "serve"])
        assert process.stdout is not None
        for line in process.stdout:
            if found := re.search(r"ready (http://\S+)", line):
                return found[1]
        raise RuntimeError("serve ended before it was ready")

    def close(self) -> None:
        """End everything."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()
