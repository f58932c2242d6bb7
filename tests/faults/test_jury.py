"""L03, L04: the jury's workers and Redis are killed in the middle of many opinions."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.concurrency.sizes import SOAK
from tests.concurrency.team import JUROR, Team
from tests.faults.gates import GATES
from tests.house import ROOT
from tests.services import Redis, tied

ITEMS = 200 if SOAK else 150
LEASE_SECONDS = 10
"""Longer than a call and its storing take on a busy machine, or questions are asked again anyway."""
IN_FLIGHT = 128
PEOPLE, THINK = (20, 0.05) if SOAK else (4, 0.2)
QUEUED = "SELECT count(*) FROM panel_inquiry WHERE state IN ('queued', 'leased')"
OPINIONS = "SELECT count(*), count(DISTINCT inquiry_id) FROM panel_opinion WHERE state = 'given'"


@dataclass
class Endpoint:
    """A juror's endpoint in a process of its own, which counts its calls."""

    url: str

    @property
    def netloc(self) -> str:
        """What JURY_ALLOWED_HOSTS lists."""
        return urlsplit(self.url).netloc

    def calls(self) -> int:
        """Return how often it was asked."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://{self.netloc}/calls", timeout=30) as reply:
            return int(json.load(reply)["calls"])

    def wait_for(self, count: int) -> None:
        """Wait until it was asked so often."""
        until = time.monotonic() + 60
        while self.calls() < count:
            assert time.monotonic() < until
            time.sleep(0.02)


@contextmanager
def endpoint(latency: float) -> Iterator[Endpoint]:
    """A fake endpoint that answers each call after so many seconds."""
    program = [sys.executable, "-m", "tests.fakes.llm_server", "--latency", str(latency)]
    with subprocess.Popen(
        tied.command(program, ends_by=signal.SIGKILL), cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        found = re.match(r"http://\S+", process.stdout.readline())
        assert found is not None
        try:
            yield Endpoint(found[0])
        finally:
            process.kill()


def prepare(house: Team, juror: Endpoint, people: int = 0) -> None:
    """Queue a question about each item to one juror."""
    house.environment |= {
        "JURY_ALLOWED_HOSTS": juror.netloc,
        "JURY_LEASE_SECONDS": str(LEASE_SECONDS),
        "OPENAI_API_KEY": "none",
    }
    jurors = JUROR.format(name="ok", url=juror.url)
    ask = ["ask_jury", "--project", "race"]
    house.prepare(items=ITEMS, people=people, jurors=jurors, after=[ask])
    assert house.rows(QUEUED) == [(ITEMS,)]


def wait_until_answered(house: Team, seconds: float) -> float:
    """Wait until no question is left; return how long that took."""
    began = time.monotonic()
    while house.rows(QUEUED) != [(0,)]:
        assert time.monotonic() - began < seconds, house.rows(QUEUED)
        time.sleep(0.1)
    return time.monotonic() - began


def export(house: Team) -> None:
    """Freeze what there is, and export it."""
    overrides = [f"--override={gate}=only to see it exported" for gate in GATES]
    target = house.home / "out.jsonl"
    words = ["--format", "jsonl", "--shape", "votes", "-o", str(target)]
    house.commands([["freeze", "--project", "race", *overrides], ["export", "race/1", *words]])
    assert len(target.read_text().splitlines()) >= len(house.ledger("ack")) - PEOPLE


def kill_workers(house: Team) -> int:
    """Kill the jury's processes with all they hold; return how many."""
    found = house.pids("manage.py worker")
    for pid in found:
        os.kill(pid, signal.SIGKILL)
    return len(found)


def test_l03_a_killed_worker_loses_no_question_and_asks_few_twice(house: Team) -> None:
    with endpoint(latency=1.0) as juror:
        prepare(house, juror)
        house.run("serve", WEB_WORKERS="1")
        juror.wait_for(30)
        before = house.rows(OPINIONS)[0][0]
        assert kill_workers(house) == 1
        assert before < ITEMS
        in_flight = juror.calls() - before
        wait_until_answered(house, LEASE_SECONDS + 60)
        assert house.rows(OPINIONS) == [(ITEMS, ITEMS)]
        assert 0 < in_flight <= IN_FLIGHT
        assert ITEMS <= juror.calls() <= ITEMS + in_flight


def test_two_processes_ask_each_question_once(house: Team, redis: Redis) -> None:
    house.environment["REDIS_URL"] = redis.url
    with endpoint(latency=0.3) as juror:
        prepare(house, juror)
        house.run("serve", WEB_WORKERS="1", JURY_PROCESSES="2")
        wait_until_answered(house, 60)
        assert len(house.pids("manage.py worker")) == 2
        assert house.rows(OPINIONS) == [(ITEMS, ITEMS)]
        assert juror.calls() == ITEMS
        assert house.deadlocks() == 0


def test_l04_an_emptied_redis_stops_nobody(house: Team, redis: Redis) -> None:
    house.environment["REDIS_URL"] = redis.url
    with endpoint(latency=1.0) as juror:
        prepare(house, juror, PEOPLE)
        url = house.run("serve")
        workers = [house.client(url, f"p{n}", patience=30, think=THINK) for n in range(PEOPLE)]
        juror.wait_for(10)
        house.wait_for(5, workers)
        redis.kill()
        began = time.monotonic()
        house.wait_for(len(house.ledger("ack")) + 20, workers)
        assert time.monotonic() - began < 60
        export(house)
        redis.start()
        # Before the questions are answered: many people are done with their items sooner.
        house.wait_for(len(house.ledger("ack")) + 10, workers)
        wait_until_answered(house, 120)
        assert house.rows(OPINIONS) == [(ITEMS, ITEMS)]
        for worker in workers:
            worker.terminate()
        assert house.ledger("refused") == house.ledger("broken") == []
        house.clean()
