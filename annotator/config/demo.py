"""`./run demo`: the sample project on this machine, web and jury beside each other."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from pathlib import Path

from annotator.config import env
from annotator.config.processes import (
    announce_when_ready,
    complain,
    environment_of,
    listen,
    prepare,
    say,
    services,
)
from annotator.config.supervisor import Supervisor


def make_key(home: Path) -> None:
    """Make the secret key of a home that has none, readable by its owner only.

    The file appears whole or not at all, and never replaces one: two starts at once agree.
    """
    key = home / env.KEY_FILE
    if key.exists():
        return
    part = home / f".{env.KEY_FILE}.{os.getpid()}"
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(60) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, key)
    except FileExistsError:
        pass
    finally:
        part.unlink()


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run demo", description=__doc__)
    parser.add_argument("--port", type=int, help="first port to try; 0 is any (default: 8000)")
    parser.add_argument("--home", type=Path, help="data folder (default: ./var)")
    parser.add_argument("--seed", type=int, default=1, help="of the sample (default: 1)")
    return parser.parse_args(arguments)


def demo(options: argparse.Namespace) -> int:
    """Build the sample and run web and jury until told to stop; return the exit code."""
    if options.home is not None:
        os.environ["CONCORD_HOME"] = str(options.home.absolute())
    if options.port is not None:
        os.environ["CONCORD_BIND"] = f"127.0.0.1:{options.port}"
    # One visitor: a second web process would only make the start slower.
    os.environ.setdefault("WEB_WORKERS", "1")
    settings = env.load()
    env.make_home(settings.home)
    make_key(settings.home)
    logs = settings.home / "logs"
    logs.mkdir(mode=0o700, exist_ok=True)
    listener = listen(settings.bind, next_free=True)
    environment = environment_of(listener, os.environ)
    links = prepare(environment, "--demo", "--seed", str(options.seed))
    settings = env.load(environment)

    def announce() -> None:
        say(f"open as lead: {links['lead']}")
        say(f"open as annotator: {links['annotator']}")
        say(f"ready {settings.public_url}")
        complain(f"Logs: {logs}. Stop with Ctrl-C.")

    announce_when_ready(settings, announce)
    return Supervisor(services(listener, environment, logs=logs), say=complain).run()


def main(arguments: list[str]) -> int:
    """Run the demo; return the exit code."""
    try:
        return demo(_options(arguments))
    except env.ConfigurationError as error:
        complain(f"error: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
