"""Keeps services running: a dead one is started again, and all end together.

Each service is a process group of its own, so that nothing it started stays behind.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final

from annotator.core.lifeline import SUPERVISOR

TICK_SECONDS: Final = 0.1
GRACE_SECONDS: Final = 25.0
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 30.0
STEADY_SECONDS: Final = 60.0
CONFIGURATION: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One process to keep running.

    Attributes:
        name: what messages call it.
        command: program and arguments.
        environment: all of its environment.
        log: the file its output is added to; None is the supervisor's own stderr.
        inherits: file descriptors that it is handed.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path | None = None
    inherits: tuple[int, ...] = ()


@dataclass(slots=True)
class _Kept:
    service: Service
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    due: float = 0.0
    steady_seconds: float = STEADY_SECONDS
    proven: bool = False

    def start(self, now: float) -> None:
        self.started = now
        environment = {**self.service.environment, SUPERVISOR: str(os.getpid())}
        with _output(self.service.log) as output:
            self.process = subprocess.Popen(  # noqa: S603 (our own commands)
                self.service.command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=self.service.inherits,
                start_new_session=True,
            )

    def signal(self, number: int) -> None:
        """Reach the whole group: it may hold children of a leader that has died."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                self.process.poll()

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def steady(self, now: float) -> bool:
        """Return whether it has run for a while, now or at an earlier start."""
        return self.proven or now - self.started >= self.steady_seconds

    def died(self, now: float) -> None:
        self.signal(signal.SIGKILL)
        if now - self.started >= self.steady_seconds:
            self.proven = True
            self.pause = FIRST_PAUSE
        self.due = now + self.pause
        self.pause = min(self.pause * 2, LONGEST_PAUSE)
        self.process = None


@dataclass(slots=True)
class Supervisor:
    """Runs services until it is told to stop, its parent dies, or one is misconfigured."""

    services: tuple[Service, ...]
    say: Callable[[str], None]
    grace: float = GRACE_SECONDS
    steady: float = STEADY_SECONDS
    _kept: list[_Kept] = field(default_factory=list)
    _stopping: int = 0
    _parent: int | None = None

    def run(self, on_tick: Callable[[], None] = lambda: None) -> int:
        """Keep the services until the end.

        Args:
            on_tick: called about ten times a second while all is well.

        Returns:
            0 after a requested stop, 3 when a service refuses its configuration.
        """
        self._listen()
        self._kept = [_Kept(service, steady_seconds=self.steady) for service in self.services]
        code = 0
        try:
            while not self._told_to_stop():
                code = self._tend()
                if code:
                    break
                on_tick()
                time.sleep(TICK_SECONDS)
        finally:
            self._end()
        return code

    def _listen(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        # Under nohup the services are meant to outlive the shell that started them.
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._on_signal)
            self._parent = os.getppid()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stopping += 1

    def _told_to_stop(self) -> bool:
        orphaned = self._parent is not None and os.getppid() != self._parent
        return self._stopping > 0 or orphaned

    def _tend(self) -> int:
        for kept in self._kept:
            now = time.monotonic()
            if kept.process is None:
                if now >= kept.due:
                    kept.start(now)
                continue
            code = kept.process.poll()
            if code is None:
                continue
            # Later it is no answer to the configuration: gunicorn also ends with 3 when a worker
            # that it recycles cannot start.
            if code == CONFIGURATION and not kept.steady(now):
                self.say(f"{kept.service.name} refuses its configuration")
                return CONFIGURATION
            kept.died(now)
            again = kept.due - now
            self.say(f"{kept.service.name} ended ({_ending(code)}); again in {again:.1f} s")
        return 0

    def _end(self) -> None:
        for kept in self._kept:
            kept.signal(signal.SIGTERM)
        deadline = time.monotonic() + self.grace
        # A second Ctrl-C does not wait.
        while time.monotonic() < deadline and self._stopping < 2:
            if not any(kept.alive() for kept in self._kept):
                break
            time.sleep(TICK_SECONDS)
        for kept in self._kept:
            kept.signal(signal.SIGKILL)
            if kept.process is not None:
                kept.process.wait()


def _ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit {code}"


@contextmanager
def _output(log: Path | None) -> Iterator[int]:
    if log is None:
        yield sys.stderr.fileno()
        return
    with log.open("ab") as file:
        yield file.fileno()
