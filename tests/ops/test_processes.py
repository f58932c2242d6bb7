from __future__ import annotations

import socket

import pytest

from annotator.config import env
from annotator.config.processes import environment_of, listen, reachable

HERE = "127.0.0.1"


def taken() -> tuple[socket.socket, int]:
    listener = listen(env.Bind(HERE, 0))
    return listener, listener.getsockname()[1]


def test_a_taken_port_is_refused_by_serve_and_the_next_one_taken_by_demo() -> None:
    first, port = taken()
    with first:
        with pytest.raises(env.ConfigurationError, match=rf"^CONCORD_BIND: {HERE}:{port} cannot"):
            listen(env.Bind(HERE, port))
        with listen(env.Bind(HERE, port), next_free=True) as second:
            assert port < second.getsockname()[1] <= port + 100


def test_the_processes_learn_the_port_that_was_really_taken() -> None:
    listener, port = taken()
    with listener:
        environment = environment_of(listener, {"CONCORD_BIND": "127.0.0.1:0"})

    assert environment["CONCORD_BIND"] == f"{HERE}:{port}"
    assert env.load(environment).public_url == f"http://{HERE}:{port}"


def test_a_wildcard_address_is_asked_on_the_loopback() -> None:
    assert reachable(env.Bind("0.0.0.0", 80)) == env.Bind(HERE, 80)
