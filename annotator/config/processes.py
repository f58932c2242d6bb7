"""The processes of an instance: `python -m annotator.config.processes serve | web | worker`.

The supervisor holds the web's listening socket: while the web starts again, requests wait
instead of being refused, and nobody else can take the port.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from annotator.config import env
from annotator.config.supervisor import Service, Supervisor

BACKLOG: Final = 512
NEXT_PORTS: Final = 100
USAGE: Final = 2


def listen(bind: env.Bind, *, next_free: bool = False) -> socket.socket:
    """Return a listening socket.

    Args:
        bind: where; port 0 is any free one.
        next_free: take the next free port when this one is taken.

    Raises:
        ConfigurationError: the address cannot be had.
    """
    last: OSError | None = None
    for port in range(bind.port, min(bind.port + (NEXT_PORTS if next_free else 1), 65_536)):
        family = socket.AF_INET6 if ":" in bind.host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((bind.host, port))
            listener.listen(BACKLOG)
        except OSError as error:
            listener.close()
            last = error
        else:
            return listener
    reason = (last.strerror or str(last)) if last else "no such port"
    raise env.ConfigurationError("CONCORD_BIND", f"{bind.netloc} cannot be had: {reason}") from last


def environment_of(listener: socket.socket, base: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of all processes, with the port that was really taken."""
    host, port = listener.getsockname()[:2]
    return {**base, "CONCORD_BIND": env.Bind(host, port).netloc}


def web_command(descriptor: int) -> tuple[str, ...]:
    """Return the command that serves pages on a listening socket."""
    settings = "python:annotator.config.gunicorn"
    return (sys.executable, "-m", "gunicorn", "-c", settings, "--bind", f"fd://{descriptor}")


def manage_command(*arguments: str) -> tuple[str, ...]:
    """Return a command of manage.py."""
    return (sys.executable, str(env.ROOT / "manage.py"), *arguments)


def services(
    listener: socket.socket, environment: Mapping[str, str], *, logs: Path | None = None
) -> tuple[Service, ...]:
    """Return the web and the jury processes; their output goes to files in `logs`, if given."""
    settings = env.load(environment)
    web = Service(
        name="web",
        command=web_command(listener.fileno()),
        environment=environment,
        log=logs / "web.log" if logs else None,
        inherits=(listener.fileno(),),
    )
    jury = (
        Service(
            name=f"jury {number}",
            command=manage_command("worker"),
            environment=environment,
            log=logs / f"jury-{number}.log" if logs else None,
        )
        for number in range(1, settings.jury_processes + 1)
    )
    return (web, *jury)


def announce_when_ready(settings: env.Environment, announce: Callable[[], None]) -> None:
    """Call `announce` once /readyz answers 200; asks from a thread, so that nothing waits."""
    threading.Thread(target=_ask, args=(settings, announce), name="readiness", daemon=True).start()


def _ask(settings: env.Environment, announce: Callable[[], None]) -> None:
    question = urllib.request.Request(
        f"http://{reachable(settings.bind).netloc}/readyz",
        headers={"Host": settings.allowed_hosts[0]},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while True:
        try:
            opener.open(question, timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            announce()
            return


def reachable(bind: env.Bind) -> env.Bind:
    """Return where a client on this machine finds what listens at `bind`."""
    wildcards = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (read, not bound)
    return env.Bind(wildcards.get(bind.host, bind.host), bind.port)


def say(text: str) -> None:
    """Print a line of results at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def complain(text: str) -> None:
    """Print a line about the run to stderr."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def prepare(environment: Mapping[str, str], *arguments: str) -> dict[str, str]:
    """Prepare database and static files in a process that ends before the services start.

    Returns:
        What annotator.config.prepare printed.

    Raises:
        SystemExit: it failed, after it said why; the code is its own.
    """
    command = (sys.executable, "-m", "annotator.config.prepare", *arguments)
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=False)  # noqa: S603 (our own command)
    if done.returncode:
        raise SystemExit(done.returncode if done.returncode > 0 else 1)
    result: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return result


def serve() -> int:
    """Run web and jury of the environment; return the exit code."""
    settings = env.load()
    settings.required_key()
    listener = listen(settings.bind)
    environment = environment_of(listener, os.environ)
    prepare(environment)
    settings = env.load(environment)
    announce_when_ready(settings, lambda: say(f"ready {settings.public_url}"))
    return Supervisor(services(listener, environment), say=complain).run()


def web() -> int:
    """Become the web server."""
    settings = env.load()
    settings.required_key()
    listener = listen(settings.bind)
    environment = environment_of(listener, os.environ)
    prepare(environment)
    complain(f"listening on {env.load(environment).bind.netloc}")
    os.set_inheritable(listener.fileno(), True)  # noqa: FBT003 (its only argument)
    command = web_command(listener.fileno())
    os.execve(command[0], command, environment)  # noqa: S606 (our own command)


def worker() -> int:
    """Become a jury process."""
    env.load().required_key()
    command = manage_command("worker")
    os.execve(command[0], command, os.environ)  # noqa: S606 (our own command)


def main(arguments: list[str]) -> int:
    """Run the named process; return the exit code."""
    known: dict[str, Callable[[], int]] = {"serve": serve, "web": web, "worker": worker}
    if len(arguments) != 1 or arguments[0] not in known:
        complain(f"usage: {' | '.join(known)}")
        return USAGE
    try:
        return known[arguments[0]]()
    except env.ConfigurationError as error:
        complain(f"error: {error}")
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
