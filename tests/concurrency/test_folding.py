"""Several workers fold what many people's votes change, and are killed: nothing lost or doubled."""

from __future__ import annotations

import random
import signal
import subprocess
import time

import pytest

from tests.concurrency.sizes import CLIENTS, FEW, ITEMS, SOAK
from tests.concurrency.team import Team
from tests.house import say

WORKERS, KILLS = (3, 6) if SOAK else (2, 3)
SPARE = 3
"""People whom another race of this size needs; the project is the same."""
THINK = 0.0 if SOAK else 0.3
"""Seconds that pass without a processor, for workers to be killed in and counts to be made in."""
OVERLAP = 3
VERIFY = ["verify", "--project", "race"]


def _verdicts(house: Team) -> int:
    """Return how many units are folded at the level of answers."""
    query = (
        "SELECT coalesce(sum(n), 0) FROM quality_patterncount WHERE level = 'verdict'"
        " AND population = 'first_pass' AND part = ''"
    )
    return int(house.rows(query)[0][0])


def _wait_until_folded(house: Team) -> float:
    began = time.monotonic()
    pending = "SELECT (SELECT count(*) FROM quality_patterndelta) + count(*) FROM intake_statedelta"
    while house.rows(pending)[0][0]:
        assert time.monotonic() - began < 60
        time.sleep(0.05)
    return time.monotonic() - began


def test_workers_that_are_killed_while_they_fold_lose_and_double_nothing(house: Team) -> None:
    house.prepare(items=ITEMS, people=CLIENTS + SPARE)
    url = house.run("web")
    workers = [house.start(house.words("worker")) for _ in range(WORKERS)]
    people = [
        house.client(url, f"p{n}", patience=6.0 if SOAK else 2.0, think=THINK)
        for n in range(CLIENTS)
    ]
    killed = 0
    while any(person.poll() is None for person in people):
        time.sleep(random.uniform(0.3, 1.2))  # noqa: S311 - chance, no secret
        if killed < KILLS:
            victim = random.randrange(WORKERS)  # noqa: S311 - chance, no secret
            workers[victim].send_signal(signal.SIGKILL)
            workers[victim].wait()
            workers[victim] = house.start(house.words("worker"))
            killed += 1
    took = _wait_until_folded(house)
    say(f"{killed} workers killed; folded {took:.1f} s after the last vote")

    assert killed == KILLS
    assert _verdicts(house) == ITEMS
    (report,) = house.results(VERIFY)
    assert report["details"] == []
    assert report["checked"]["counts"] > 0
    assert house.deadlocks() == 0


def test_counts_are_made_anew_beside_people_who_vote(house: Team) -> None:
    """Nobody's submit waits or fails; what is voted while the votes are read is counted once."""
    house.prepare(items=ITEMS, people=CLIENTS + SPARE)
    url = house.run("web")
    house.start(house.words("worker"))
    people = [
        house.client(url, f"p{n}", patience=3.0 if SOAK else 2.0, think=THINK)
        for n in range(CLIENTS)
    ]
    runs = beside = 0
    while any(person.poll() is None for person in people):
        before = len(house.ledger("ack"))
        house.rows("UPDATE quality_patterncount SET n = n + 5 WHERE level = 'verdict'")
        house.results(["recount", "--project", "race"])
        runs += 1
        beside += len(house.ledger("ack")) - before
    took = _wait_until_folded(house)
    say(f"{runs} times anew beside {beside} answers; folded {took:.1f} s after the last")

    assert runs >= 2
    assert beside >= ITEMS
    house.clean()
    assert _verdicts(house) == ITEMS
    (report,) = house.results(VERIFY)
    assert report["details"] == []
    assert house.deadlocks() == 0


def test_counting_anew_waits_until_nobody_folds(house: Team) -> None:
    house.prepare(items=FEW, people=1, overlap=1)
    house.rows("INSERT INTO quality_agreementstate (project_id) SELECT id FROM catalog_project")
    words = [*house.words("manage"), "recount", "--project", "race"]
    with house.holding("SELECT * FROM quality_agreementstate FOR UPDATE"):
        process = house.start(words)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(4)
    assert process.wait(30) == 0


def test_a_submit_waits_for_nobody_who_folds(house: Team) -> None:
    house.prepare(items=FEW, people=1, overlap=1)
    url = house.run("web", WEB_WORKERS="1")
    locked = "SELECT * FROM quality_agreementstate FOR UPDATE"
    house.rows("INSERT INTO quality_agreementstate (project_id) SELECT id FROM catalog_project")
    with house.holding(
        locked, "LOCK TABLE quality_patterncount, intake_statecount IN ACCESS EXCLUSIVE MODE"
    ):
        person = house.client(url, "p0", patience=1.0)
        assert person.wait(30) == 0
    assert len(house.ledger("ack")) == FEW
    assert house.rows("SELECT count(*) FROM quality_patterndelta") == [(FEW,)]
    told = "SELECT count(*) FROM intake_statedelta WHERE position('done' IN changes) > 0"
    assert house.rows(told) == [(FEW,)]
