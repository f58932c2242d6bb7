"""Whose processor time it was: web, database, client, and the company on the machine."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

TICK_MS: Final = 1000 / os.sysconf("SC_CLK_TCK")
QUIET_CORES: Final = 0.15
"""Others may keep this many processors busy before a figure counts as taken in company."""
BUSY_FIELDS: Final = (0, 1, 2, 5, 6, 7)
"""Of the line `cpu` in /proc/stat: user, nice, system, irq, softirq, steal."""


def busy_ms() -> float:
    """Return the milliseconds that all processors together have been busy since the start."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    return sum(int(fields[place]) for place in BUSY_FIELDS) * TICK_MS


def spent_ms(pids: Iterable[int]) -> float:
    """Return the milliseconds these processes have used; one that is gone counts for nothing."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks * TICK_MS


def parent(pid: int) -> int:
    """Return a process's parent."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def family_ms(pid: int) -> float:
    """Return the milliseconds a process's children have used, those that ended too.

    Of a PostgreSQL server: its backends, which come and go with connections, and its writers.
    """
    children = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and parent(int(folder.name)) == pid:
                children.append(int(folder.name))
        except OSError:
            continue
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return spent_ms(children) + (int(fields[13]) + int(fields[14])) * TICK_MS


def company(seconds: float = 3.0) -> float:
    """Return how many processors are busy while we do nothing."""
    before = busy_ms()
    time.sleep(seconds)
    return (busy_ms() - before) / (seconds * 1000)
