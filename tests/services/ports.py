"""Random ports of this machine."""

from __future__ import annotations

import secrets
import socket
from typing import Final

FIRST: Final = 15_000
MANY: Final = 15_000
"""Below the ports that the system hands to whoever calls out: a server that was stopped finds its
port free again, and two runs at a time hardly ever choose the same one."""
TRIES: Final = 100


def free_port() -> int:
    """Return a port that nobody has at the moment; raises OSError if none can be had."""
    for _ in range(TRIES):
        port = FIRST + secrets.randbelow(MANY)
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    message = f"none of {TRIES} ports is free"
    raise OSError(message)
