"""Web and jury are killed in the middle, ten times: nothing acknowledged is lost or doubled."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.golden.http_annotator import Client
from tests.house import House

ITEMS = 60
KILLS = 10
PEOPLE = ("ann1", "ann2", "ann3", "ann4")

PROJECT = """
contract = 1
[project]
slug = "kill"
name = "Kill"
taxonomy = "aegis2@2.0"
targets = ["prompt"]
questions = ["safety"]
overlap = 3
lease_seconds = 30
[policy]
name = "majority"
[policy.options]
max_votes = 3
""" + "".join(
    f"""
[[juror]]
name = "{name}"
base_url = "scripted"
model = "scripted-{name}"
dialect = "judge"
price_in = 0.0
price_out = 0.0
"""
    for name in ("strict", "lenient")
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house with a project, four people and sixty items."""
    made = House(tmp_path)
    made.environment |= {"JURY_LEASE_SECONDS": "2", "SWEEP_SECONDS": "1"}
    made.manage("migrate")
    made.apply(PROJECT)
    with (tmp_path / "items.jsonl").open("w") as out:
        for number in range(ITEMS):
            row = {"id": f"k{number}", "prompt": f"Which of these {number} jars is the oldest?"}
            out.write(json.dumps(row) + "\n")
    (tmp_path / "truth.json").write_text(
        json.dumps({f"k{number}": number % 5 == 0 for number in range(ITEMS)})
    )
    made.manage("import_items", str(tmp_path / "items.jsonl"), "--project", "kill")
    yield made
    made.close()


def annotators(house: House, url: str, tokens: dict[str, str]) -> list[subprocess.Popen[str]]:
    """Start the people, each with a ledger of what was acknowledged."""
    return [
        house.start(
            [
                sys.executable,
                "-m",
                "tests.golden.http_annotator",
                *("--url", url, "--token", tokens[name], "--project", "kill"),
                *("--person", name, "--truth", str(house.home / "truth.json")),
                *("--ledger", str(house.home / f"ledger-{name}"), "--patience", "8"),
            ]
        )
        for name in PEOPLE
    ]


def kill_in_turn(house: House, workers: list[subprocess.Popen[str]]) -> int:
    """Kill web and jury by turns while somebody labels; return how many kills hit."""
    hits = 0
    for number in range(KILLS):
        time.sleep(0.7)
        word = "gunicorn" if number % 2 == 0 else "manage.py worker"
        until = time.monotonic() + 60  # the supervisor's pause grows with each death
        while not (found := house.pids(word)) and time.monotonic() < until:
            time.sleep(0.1)
        os.kill(found[0], signal.SIGKILL)
        hits += 1
    for worker in workers:
        worker.wait(120)
    return hits


def progress(url: str, token: str) -> Any:
    """Ask for the project's progress until no inquiry is unfinished, or 30 s have passed."""

    client = Client(url, token)
    until = time.monotonic() + 60
    while True:
        status, body = client.call("GET", "/projects/kill/progress")
        assert status == 200, body
        waiting = sum(n["queued"] + n["leased"] for n in body["opinions"].values())
        if not waiting or time.monotonic() > until:
            client.close()
            return body
        time.sleep(0.5)


def test_nothing_acknowledged_is_lost_and_nothing_doubled(house: House) -> None:
    tokens = house.add_people("kill", {**dict.fromkeys(PEOPLE, "annotator"), "lead": "manager"})
    url = house.serve()
    workers = annotators(house, url, tokens)
    assert kill_in_turn(house, workers) == KILLS
    body = progress(url, tokens["lead"])

    acknowledged = [
        tuple(line.split("\t")[:2])
        for name in PEOPLE
        for line in (house.home / f"ledger-{name}").read_text().splitlines()
    ]
    assert len(acknowledged) == len(set(acknowledged)) == ITEMS * 3
    per_item = Counter(item for item, _ in acknowledged)
    assert set(per_item.values()) == {3}
    assert body["annotations"] == ITEMS * 3
    assert body["seats"] == {"open": 0, "leased": 0, "done": ITEMS * 3}
    for counts in body["opinions"].values():
        assert counts["queued"] == counts["leased"] == counts["failed"] == 0
        assert counts["given"] + counts["abstained"] == ITEMS
    assert house.result("verify", "--project", "kill")["differences"] == 0
