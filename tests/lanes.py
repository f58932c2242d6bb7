"""Legs side by side, each a process of its own whose output is kept until it ends.

A lane takes its own legs in their order, and when it has none left the other lanes' last ones.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, Final

from annotator.core.lifeline import SUPERVISOR

ROOT: Final = Path(__file__).resolve().parent.parent
GRACE_SECONDS: Final = 40.0
"""What a process gets to end what it started, before it is killed."""
AGAIN_SECONDS: Final = 10.0
"""How often it is asked: an interruption can be lost in a callback whose errors nobody sees."""
SAME_SECONDS: Final = 5.0
TICK_SECONDS: Final = 0.1


def listen() -> None:
    """Take SIGTERM as Ctrl-C, and several in a row as one: what ends must come to its end."""
    heard = -SAME_SECONDS

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal heard
        now = time.monotonic()
        if now - heard >= SAME_SECONDS:
            heard = now
            raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it started: by asking, in the end without."""
    until = time.monotonic() + GRACE_SECONDS
    while process.poll() is None and time.monotonic() < until:
        process.terminate()
        try:
            process.wait(AGAIN_SECONDS)
        except subprocess.TimeoutExpired:
            continue
    if process.poll() is None:
        process.kill()
        process.wait()


def run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a program that watches this process; return its exit code, or end it on the way out."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, SUPERVISOR: str(os.getpid()), **environment},
        stdin=subprocess.DEVNULL,
    )
    try:
        return process.wait()
    finally:
        end(process)


Command = Callable[[str, int], Sequence[str]]
"""What runs a leg by its name, and hands its report to a file descriptor."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A leg that is over.

    Attributes:
        name: the leg's.
        output: all that it said.
        report: what it wrote to the file that it was handed; empty if it broke.
        seconds: how long it took.
    """

    name: str
    output: str
    report: str
    seconds: float


@dataclass(slots=True)
class _Part:
    """A leg that is under way. Its files have no names, so that nothing can stay behind."""

    name: str
    command: Command
    started: float = field(default_factory=time.monotonic)
    output: IO[bytes] = field(default_factory=tempfile.TemporaryFile)
    report: IO[bytes] = field(default_factory=tempfile.TemporaryFile)
    process: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.process = subprocess.Popen(
            self.command(self.name, self.report.fileno()),
            cwd=ROOT,
            env={**os.environ, SUPERVISOR: str(os.getpid())},
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=subprocess.STDOUT,
            pass_fds=(self.report.fileno(),),
        )

    def ended(self) -> Ended:
        return Ended(
            self.name,
            _text(self.output),
            _text(self.report),
            round(time.monotonic() - self.started, 1),
        )

    def close(self) -> None:
        end(self.process)
        self.output.close()
        self.report.close()


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def side_by_side(lanes: Sequence[Sequence[str]], command: Command) -> Iterator[Ended]:
    """Run every leg of every lane; yield each when it ends.

    Whoever stops asking, or is interrupted, ends those that are under way.
    """
    waiting = [list(lane) for lane in lanes]
    running: list[_Part | None] = [None] * len(waiting)
    with ExitStack() as opened:
        while any(waiting) or any(running):
            for lane, part in enumerate(running):
                if part is not None and part.process.poll() is not None:
                    running[lane] = None
                    yield part.ended()
                if running[lane] is None and (name := _next(waiting, lane)):
                    running[lane] = begun = _Part(name, command)
                    opened.callback(begun.close)
            time.sleep(TICK_SECONDS)


def _next(waiting: list[list[str]], lane: int) -> str | None:
    """Take a lane's next leg, or the last one of the longest other lane."""
    if waiting[lane]:
        return waiting[lane].pop(0)
    longest = max(waiting, key=len)
    return longest.pop() if longest else None
