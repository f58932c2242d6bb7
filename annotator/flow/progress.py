"""How far long work has come: told to whoever waits, by one small protocol."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Hears of each step; may raise to stop the work between two transactions."""

    def step(self, done: int, total: int | None) -> None:
        """Take note that `done` of `total` (None: unknown) pieces are finished."""
        ...


class Silent:
    """Tells nobody."""

    def step(self, done: int, total: int | None) -> None:
        """Do nothing."""


SILENT = Silent()
