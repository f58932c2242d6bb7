"""A child does not outlive its parent, not even when that was killed with SIGKILL."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from typing import Final

SUPERVISOR: Final = "CONCORD_SUPERVISOR"
PR_SET_PDEATHSIG: Final = 1
POLL_SECONDS: Final = 0.5


def tie_to_supervisor() -> None:
    """Do so if a supervisor started this process; it says so in the environment."""
    supervisor = os.environ.get(SUPERVISOR)
    if supervisor:
        tie_to_parent(int(supervisor))


def tie_to_parent(parent: int | None = None) -> None:
    """Have SIGTERM sent to this process when its parent is gone.

    On Linux the kernel does it, elsewhere a thread watches. Call it in the process that is to end.

    Args:
        parent: the parent's process id; the present parent's by default. A parent that is
            gone already ends this process too.
    """
    expected = os.getppid() if parent is None else parent
    if not _ask_kernel():
        threading.Thread(target=_watch, args=(expected,), name="lifeline", daemon=True).start()
    if os.getppid() != expected:
        os.kill(os.getpid(), signal.SIGTERM)


def _ask_kernel() -> bool:
    if not sys.platform.startswith("linux"):
        return False
    prctl = getattr(ctypes.CDLL(None, use_errno=True), "prctl", None)
    return prctl is not None and prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0) == 0


def _watch(expected: int) -> None:
    while os.getppid() == expected:
        time.sleep(POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
