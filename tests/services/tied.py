"""Becomes a program that ends with whoever started it, even if that was killed by SIGKILL.

python tied.py --parent PID --signal N [--user UID] -- PROGRAM ARGUMENT ...
"""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from typing import Final

PR_SET_PDEATHSIG: Final = 1


def command(
    program: Sequence[str], *, ends_by: signal.Signals, user: int | None = None
) -> list[str]:
    """Return the command that starts a program tied to this process."""
    as_user = [] if user is None else ["--user", str(user)]
    words = ["--parent", str(os.getpid()), "--signal", str(int(ends_by)), *as_user]
    return [sys.executable, "-I", "-S", __file__, *words, "--", *program]


def main() -> None:
    """Give up root, tie, become the program."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--signal", type=int, required=True)
    parser.add_argument("--user", type=int)
    parser.add_argument("program", nargs="+")
    options = parser.parse_args()
    if options.user is not None:
        os.setgroups([])
        os.setgid(options.user)
        os.setuid(options.user)
    # After the change of user, which the kernel answers by forgetting the tie.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, options.signal, 0, 0, 0)
    if os.getppid() != options.parent:
        sys.exit(1)
    os.execv(options.program[0], options.program)  # noqa: S606 (a program we found)


if __name__ == "__main__":
    main()
