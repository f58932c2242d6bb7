"""L01, L16: web workers that are killed in the middle, and that are forked from one process."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.concurrency.person import Person
from tests.concurrency.sizes import SOAK
from tests.concurrency.stock import Stock
from tests.concurrency.team import Team

PEOPLE, ITEMS, KILLS = (20, 200, 10) if SOAK else (8, 30, 5)
THINK, PATIENCE = (0.0, 5.0) if SOAK else (0.2, 2.0)
QUESTIONS = 60


def web_workers(house: Team) -> list[int]:
    """Return the processes that gunicorn's master has made."""
    found = house.pids("gunicorn")
    parents = {pid: int(Path(f"/proc/{pid}/stat").read_text().split()[3]) for pid in found}
    return [pid for pid, parent in parents.items() if parent in parents]


def test_l01_killed_web_workers_lose_and_double_nothing(house: Team) -> None:
    house.prepare(items=ITEMS, people=PEOPLE)
    url = house.run("web")
    people = [f"p{number}" for number in range(PEOPLE)]
    workers = [house.client(url, person, patience=PATIENCE, think=THINK) for person in people]
    chance = random.Random(1)  # noqa: S311 (chance, no secret)
    killed = 0
    while killed < KILLS and any(worker.poll() is None for worker in workers):
        time.sleep(chance.uniform(0.2, 0.7))
        for pid in web_workers(house)[:1]:
            os.kill(pid, signal.SIGKILL)
            killed += 1
    for worker in workers:
        assert worker.wait(300) == 0

    assert killed == KILLS
    assert house.ledger("broken")
    assert house.ledger("refused") == []
    assert {len(rows) for rows in house.annotations().values()} == {3}
    assert sum(len(rows) for rows in house.annotations().values()) == ITEMS * 3
    house.clean()


def test_l16_a_pool_cannot_be_asked_for(house: Team) -> None:
    done = subprocess.run(
        [*house.words("web")],
        env={**house.environment, "DATABASE_URL": f"{house.database}?pool=true"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 3
    assert "DATABASE_URL: unknown option pool" in done.stderr


@pytest.fixture(scope="module")
def forked(stock: Stock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """A house that is served in several ways."""
    with stock.house(tmp_path_factory.mktemp("house")) as made:
        made.prepare(items=ITEMS, people=PEOPLE)
        yield made


@pytest.mark.parametrize("arguments", ["", "--preload"])
def test_l16_forked_workers_answer_each_for_itself(forked: Team, arguments: str) -> None:
    house = forked
    url = house.run("web", WEB_WORKERS="2", WEB_THREADS="4", GUNICORN_CMD_ARGS=arguments)
    path = "/projects/race/lease"
    people = [Person(url, house.tokens[name]) for name in ("p0", "p1")]
    held = [person.call("POST", path, {"kind": "label"})[1]["assignment"] for person in people]
    found: list[tuple[int, int, str]] = []

    def ask(who: int) -> None:
        status, lease, _ = people[who].call("GET", path)
        found.append((who, status, lease["assignment"]))

    threads = [threading.Thread(target=ask, args=(number % 2,)) for number in range(QUESTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(found) == [(who, 200, held[who]) for who in (0, 1) for _ in range(QUESTIONS // 2)]
