"""What holds for every test: no word leaves this machine."""

from __future__ import annotations

import sys

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def _only_loopback(event: str, arguments: tuple[object, ...]) -> None:
    if event != "socket.connect":
        return
    address = arguments[1]
    if isinstance(address, tuple) and address[0] not in LOOPBACK:
        message = f"a test tried to reach {address[0]!r}"
        raise PermissionError(message)


sys.addaudithook(_only_loopback)
