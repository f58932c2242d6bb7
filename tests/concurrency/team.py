"""A team's set-up for tests: Concord's real processes on PostgreSQL, and Redis where it is asked."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from annotator.core.lifeline import SUPERVISOR
from tests.concurrency import client
from tests.house import ROOT, RUN, House
from tests.services import tied
from tests.services.ports import free_port

PROJECT = """
contract = 1
[project]
slug = "race"
name = "Race"
taxonomy = "aegis2@2.0"
targets = ["prompt"]
questions = ["safety"]
overlap = {overlap}
lease_seconds = 30
[policy]
name = "majority"
[policy.options]
max_votes = 3
{jurors}
"""
JUROR = """
[[juror]]
name = "{name}"
base_url = "{url}"
model = "{name}"
dialect = "judge"
price_in = 0.0
price_out = 0.0
"""
SECONDS_TO_START = 60
IN_VAIN_SECONDS = 2.0
Steps = Sequence[list[str]]
STORED = "SELECT count(*) FROM labeling_annotation"


class Team(House):
    """A house whose rows are in PostgreSQL."""

    def __init__(self, home: Path, database: str, **environment: str) -> None:
        super().__init__(home)
        for name in [name for name in self.environment if name.startswith("CONCORD_TEST_")]:
            del self.environment[name]
        self.database = database
        self.environment |= {
            "DJANGO_SETTINGS_MODULE": "annotator.config.settings",
            "DATABASE_URL": database,
            "REDIS_URL": "",
            "SWEEP_SECONDS": "1",
            # Who serves here ends with the test, however that ends.
            SUPERVISOR: str(os.getpid()),
            **environment,
        }

    def prepare(
        self,
        *,
        items: int,
        people: int,
        overlap: int = 3,
        jurors: str = "",
        before: Steps = (),
        after: Steps = (),
    ) -> None:
        """Have the project, its items k0 … and its people p0 …, made in one process.

        Args:
            items: how many.
            people: how many, beside a manager.
            overlap: how many people each item gets.
            jurors: their part of the project's file.
            before: commands that come first, as `migrate` where the schema does not stand yet.
            after: commands that come last.
        """
        plain = not (jurors or before or after)
        if plain and self.take_copy(items=items, people=people, overlap=overlap):
            return
        project, rows, roster, tokens = (
            self.home / name for name in ("project.toml", "items.jsonl", "people.csv", "tokens.csv")
        )
        project.write_text(PROJECT.format(overlap=overlap, jurors=jurors))
        prompts = ({"id": f"k{n}", "prompt": f"Are these {n} jars old?"} for n in range(items))
        rows.write_text("".join(json.dumps(row) + "\n" for row in prompts))
        names = "".join(f"p{n},annotator\n" for n in range(people))
        roster.write_text(f"username,role\n{names}lead,manager\n")
        steps = [
            *before,
            ["apply", str(project)],
            ["import_items", str(rows), "--project", "race"],
            ["add_people", str(roster), "--project", "race", "--tokens-out", str(tokens)],
            *after,
        ]
        self.commands(steps)
        with tokens.open(newline="") as written:
            self.tokens = {row["username"]: row["token"] for row in csv.DictReader(written)}

    def take_copy(self, *, items: int, people: int, overlap: int) -> bool:
        """Take a plain project from where one is in stock; False where none is."""
        return False

    def commands(self, steps: list[list[str]]) -> None:
        """Run commands one after the other in one process: starting one takes a second."""
        subprocess.run(
            [sys.executable, "-m", "tests.concurrency.commands", json.dumps(steps)],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            check=True,
        )

    def results(self, *steps: list[str]) -> list[Any]:
        """Run commands with --json in one process; return their objects, to the first failure."""
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "tests.concurrency.commands",
                json.dumps([[*step, "--json"] for step in steps]),
            ],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        assert done.returncode in {0, 1}, steps
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def collect_static(self) -> None:
        """Have the static files, as each house that serves without them collects them first."""
        subprocess.run(
            [sys.executable, "-m", "annotator.config.prepare"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            check=True,
        )

    def run(self, what: str, **environment: str) -> str:
        """Start `web` or `serve`; return its address once it answers."""
        port = free_port()
        self.environment |= {"CONCORD_BIND": f"127.0.0.1:{port}", **environment}
        process = self.start(tied.command(self.words(what), ends_by=signal.SIGTERM))
        url = f"http://127.0.0.1:{port}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        until = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < until and process.poll() is None:
            try:
                opener.open(f"{url}/healthz", timeout=5).close()
            except OSError:
                time.sleep(0.1)
            else:
                return url
        message = f"{what} did not start: exit {process.poll()}"
        raise RuntimeError(message)

    def words(self, what: str) -> list[str]:
        """Return the command of one of `./run`'s processes."""
        return [*RUN, what]

    def start(self, words: list[str]) -> subprocess.Popen[str]:
        """Start a process of this house; nobody reads what it prints."""
        process = subprocess.Popen(
            words,
            cwd=self.home,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    def client(self, url: str, person: str, **options: object) -> subprocess.Popen[str]:
        """Start an annotator's process."""
        words = [sys.executable, "-I", "-S", str(Path(client.__file__))]
        words += ["--url", url, "--token", self.tokens[person], "--project", "race"]
        words += ["--person", person, "--ledger", str(self.home / f"ledger-{person}")]
        words += ["--parent", str(os.getpid())]
        for name, value in options.items():
            words += [f"--{name}"] if value is True else [f"--{name}", str(value)]
        return self.start(words)

    def ledger(self, kind: str) -> list[dict[str, Any]]:
        """Return the lines of one kind in all people's ledgers."""
        lines = [
            json.loads(line)
            for path in sorted(self.home.glob("ledger-*"))
            for line in path.read_text().splitlines()
        ]
        return [line for line in lines if line["kind"] == kind]

    def wait_for(self, acknowledged: int, workers: list[subprocess.Popen[str]]) -> None:
        """Wait until so much is acknowledged; fail if the workers end before."""
        while len(self.ledger("ack")) < acknowledged:
            assert any(worker.poll() is None for worker in workers)
            time.sleep(0.1)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return what a query finds, by a connection of its own."""
        with psycopg.connect(self.database, autocommit=True, row_factory=tuple_row) as connection:
            cursor = connection.execute(query.encode(), values)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def holding(self, *statements: str) -> Iterator[None]:
        """Hold what these statements lock, in a transaction that is undone at the end."""
        with psycopg.connect(self.database) as connection:
            for statement in statements:
                connection.execute(statement.encode())
            yield
            connection.rollback()

    def annotations(self) -> dict[str, list[tuple[str, str, str]]]:
        """Return what is stored, as (public id, person, key) by the item's external id."""
        found: dict[str, list[tuple[str, str, str]]] = {}
        query = """
            SELECT i.external_id, a.public_id, p.username, a.idempotency_key
            FROM labeling_annotation a
            JOIN intake_item i ON i.id = a.item_id
            JOIN accounts_person p ON p.id = a.person_id
        """
        for item, annotation, person, key in self.rows(query):
            found.setdefault(item, []).append((annotation, person, key))
        return found

    def clean(self) -> None:
        """Assert the ledger: all that was acknowledged is stored, exactly once per key."""
        stored = [row for rows in self.annotations().values() for row in rows]
        keys = [(person, key) for _, person, key in stored]
        assert len(keys) == len(set(keys))
        held = {annotation for annotation, _, _ in stored}
        acknowledged = {line["annotation"] for line in self.ledger("ack")}
        assert acknowledged <= held, acknowledged - held

    def deadlocks(self) -> int:
        """Return how many deadlocks the database has broken."""
        query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        return int(self.rows(query)[0][0])


@contextmanager
def team(home: Path, database: str, **environment: str) -> Iterator[Team]:
    """Yield a team's house and end it."""
    made = Team(home, database, **environment)
    try:
        yield made
    finally:
        made.close()


def labels(
    house: Team,
    url: str,
    *,
    people: int,
    deaths: float,
    options: Mapping[str, object],
    seats: int | None = None,
) -> int:
    """Let people label until nothing is left, each dead one followed by another life.

    Args:
        house: whose items they label.
        url: its address.
        people: how many.
        deaths: the chance to die at each dangerous moment.
        options: further ones of the clients.
        seats: once so many answers are stored, they ask in vain for a while and end.

    Returns:
        How many lives were ended.
    """
    lives = {f"p{n}": house.client(url, f"p{n}", deaths=deaths, **options) for n in range(people)}
    killed = 0
    filled = None
    while lives:
        time.sleep(0.05)
        if filled is None and seats and house.rows(STORED)[0][0] >= seats:
            filled = time.monotonic()
        if filled is not None and time.monotonic() - filled > IN_VAIN_SECONDS:
            for process in lives.values():
                process.terminate()
                process.wait(30)
            break
        for person, process in list(lives.items()):
            code = process.poll()
            if code is None:
                continue
            if code == 0:
                del lives[person]
                continue
            assert code == -9, (person, code)
            killed += 1
            lives[person] = house.client(url, person, deaths=deaths, **options)
    return killed
