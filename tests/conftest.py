"""What holds for every test: no word leaves this machine, and nothing outlives `./run test`."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import threading
import time
from urllib.parse import urlsplit

import pytest
import redis
from django.conf import settings as configured
from hypothesis import settings as examples

from annotator.core.lifeline import SUPERVISOR
from tests import lanes
from tests.storing import stores

GRACE_SECONDS = 30


def _given() -> set[str]:
    """Return the addresses of a Redis that somebody gave: it may be elsewhere.

    PostgreSQL is not reached by Python's sockets.
    """
    host = urlsplit(os.environ.get("CONCORD_TEST_REDIS_URL", "")).hostname
    return {str(found[4][0]) for found in socket.getaddrinfo(host, None)} if host else set()


ALLOWED = frozenset({"127.0.0.1", "::1", "localhost", *_given()})


def _only_loopback(event: str, arguments: tuple[object, ...]) -> None:
    if event != "socket.connect":
        return
    address = arguments[1]
    if isinstance(address, tuple) and address[0] not in ALLOWED:
        message = f"a test tried to reach {address[0]!r}"
        raise PermissionError(message)


sys.addaudithook(_only_loopback)

# Other processes keep this one waiting at will: how long an example took says nothing of our code.
examples.register_profile("concord", deadline=None)
examples.load_profile("concord")

# Told to end, tests end their processes as by Ctrl-C.
signal.signal(signal.SIGTERM, signal.default_int_handler)


def _end_with(parent: int) -> None:
    """End when `./run` is gone, however it went; in the end without asking."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)


_supervisor = os.environ.pop(SUPERVISOR, None)
if _supervisor:
    lanes.listen()  # a terminal tells both of us, and `./run` tells us again
    threading.Thread(target=_end_with, args=(int(_supervisor),), daemon=True).start()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a leg ask for the tests that store something."""
    parser.addoption("--storing", action="store_true", help="only tests that use the database")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what uses no database, where only what stores is asked for."""
    if not config.getoption("--storing"):
        return
    others = [item for item in items if not stores(item)]
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if stores(item)]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Spare the garbage collector what lives to the end: modules, models, the tests themselves."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Take our own keys out of a Redis that stays."""
    if not configured.BROKER_SHARED:
        return
    with redis.Redis.from_url(configured.CELERY_BROKER_URL) as client:
        prefix = configured.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"]
        for key in client.scan_iter(f"{prefix}*"):
            client.delete(key)
