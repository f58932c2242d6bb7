"""What must stand before the services start: the schema, static files, the demo's sample.

`python -m annotator.config.prepare [--demo --seed N]` prints one JSON object at the end.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Final

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from annotator.config import env
from annotator.config.databases import make_file
from annotator.core.digests import sha256_text

STAMP: Final = "sources.sha256"


def _unapplied() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def check_schema() -> None:
    """Refuse a database that has not all migrations.

    Raises:
        ConfigurationError: it cannot be reached, or `migrate` is due.
    """
    try:
        due = _unapplied()
    except DatabaseError as error:
        raise env.ConfigurationError("DATABASE_URL", " ".join(str(error).split())) from error
    if due:
        problem = "the database lacks migrations; run: ./run manage migrate"
        raise env.ConfigurationError("DATABASE_URL", problem)


def _sources() -> Iterator[str]:
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = Path(storage.path(path)).stat()
            yield f"{path} {found.st_size} {found.st_mtime_ns}"


def collect_static() -> None:
    """Gather and compress the static files, unless nothing changed since the last time."""
    stamp = Path(settings.STATIC_ROOT) / STAMP
    now = sha256_text("\n".join(sorted(_sources())))
    if stamp.is_file() and stamp.read_text(encoding="ascii") == now:
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(now, encoding="ascii")


def build_demo(seed: int) -> dict[str, str]:
    """Migrate, build the sample, and make one-time links; return role → address."""
    if _unapplied():
        call_command("migrate", interactive=False, verbosity=0)
    said = io.StringIO()
    call_command("sample", seed=seed, json=True, stdout=said)
    people: dict[str, str] = json.loads(said.getvalue().splitlines()[-1])["people"]
    return {role: _login_link(people[role]) for role in ("lead", "annotator")}


def _login_link(username: str) -> str:
    said = io.StringIO()
    call_command("login_link", username, stdout=said)
    return said.getvalue().split()[-1]


def main() -> int:
    """Prepare; return 0, or an exit code after one line on stderr."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--demo", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.config.settings")
    links: dict[str, str] = {}
    try:
        with redirect_stdout(sys.stderr):
            settled = env.load()
            env.make_home(settled.home)
            make_file(settled.database)
            django.setup()
            if options.demo:
                links = build_demo(options.seed)
            else:
                check_schema()
            collect_static()
    except (env.ConfigurationError, ImproperlyConfigured) as error:
        sys.stderr.write(f"error: {error}\n")
        return env.ConfigurationError.exit_code
    except CommandError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.returncode
    sys.stdout.write(json.dumps(links) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
