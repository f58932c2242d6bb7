"""Policies come and go while people submit: nothing is lost, and everything verifies."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from tests.concurrency.sizes import SOAK
from tests.concurrency.team import Team
from tests.house import ROOT, say

PEOPLE, ITEMS = (20, 200) if SOAK else (8, 20)
THINK, PATIENCE = (0.02, 4.0) if SOAK else (0.1, 2.0)


def hurry(house: Team, until: Path, ledger: Path) -> subprocess.Popen[str]:
    """Start the manager who changes the policy until a file is there."""
    words = [sys.executable, "-m", "tests.concurrency.policies", str(until), str(ledger)]
    process = subprocess.Popen(words, cwd=ROOT, env=house.environment, text=True)
    house.processes.append(process)
    return process


def test_nothing_is_lost_while_policies_are_applied_and_rolled_back(house: Team) -> None:
    house.prepare(items=ITEMS, people=PEOPLE)
    url = house.run("serve")
    until, ledger = house.home / "enough", house.home / "policies"
    manager = hurry(house, until, ledger)
    began = time.monotonic()
    options = {"unsafe": 0.35, "think": THINK, "patience": PATIENCE}
    people = [house.client(url, f"p{n}", **options) for n in range(PEOPLE)]
    assert [process.wait(300) for process in people] == [0] * PEOPLE
    until.touch()
    assert manager.wait(120) == 0
    seconds = time.monotonic() - began

    said = Counter(
        json.loads(line)["said"].split(":")[0] for line in ledger.read_text().splitlines()
    )
    acknowledged = len(house.ledger("ack"))
    say(f"{acknowledged} answers beside {dict(said)} in {seconds:.1f} s")
    assert said["applied"] >= 3
    assert said["rolled back"] + said["refused"] >= 3
    assert acknowledged >= 3 * ITEMS
    assert not house.ledger("late")
    house.clean()
    (found,) = house.results(["verify", "--project", "race"])
    assert found["differences"] == 0, found["details"][:5]
    assert house.deadlocks() == 0
    current = """
        SELECT count(*) FROM quality_decision
        WHERE current GROUP BY unit_id, question HAVING count(*) > 1
    """
    assert house.rows(current) == []
