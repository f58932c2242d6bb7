"""Two managers set answers aside and lift them while people submit: all verifies, nothing is lost."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.concurrency.person import Person
from tests.concurrency.sizes import SOAK
from tests.concurrency.team import Team
from tests.house import say

PEOPLE, ITEMS = (20, 200) if SOAK else (8, 30)
THINK, PATIENCE = (0.02, 4.0) if SOAK else (0.15, 3.0)
PATH = "/projects/race/set-asides"
SECONDS = 60.0
VERIFY = ["verify", "--project", "race"]


@dataclass
class Manager:
    """Sets aside and lifts by the API whatever chance says, until told to end."""

    person: Person
    pseudonyms: list[str]
    rng: Random
    enough: threading.Event
    said: Counter[str] = field(default_factory=Counter)

    def work(self) -> None:
        """Go on until it is enough."""
        while not self.enough.is_set():
            whose = {"person": self.rng.choice(self.pseudonyms)}
            status, seen, _ = self.person.call("POST", f"{PATH}/preview", whose)
            assert status == 200, seen
            body = {**whose, "code": "other", "reason": "Chance said so.", "seen": seen["digest"]}
            status, said, _ = self.person.call("POST", PATH, body)
            assert status in {202, 409}, said
            self.said[f"make {status}"] += 1
            time.sleep(self.rng.uniform(0.05, 0.4))
            self._lift()

    def _lift(self) -> None:
        for row in self.person.call("GET", PATH)[1]["results"]:
            if row["in_force"] and self.rng.random() < 0.7:
                status, said, _ = self.person.call("POST", f"{PATH}/{row['id']}/lift", {})
                assert status in {202, 409}, said
                self.said[f"lift {status}"] += 1


def wait_until_decided(house: Team) -> None:
    """Wait until no run is under way."""
    until = time.monotonic() + SECONDS
    while house.rows("SELECT 1 FROM quality_policyrun WHERE state = 'running'"):
        assert time.monotonic() < until
        time.sleep(0.1)


def lift_all(house: Team, manager: Manager) -> dict[str, Any]:
    """Lift all that is in force; return what `verify` finds then."""
    listed = manager.person.call("GET", PATH)[1]["results"]
    in_force = [row["id"] for row in listed if row["in_force"]]
    lifts = [["lift_set_aside", "--project", "race", each] for each in in_force]
    *lifted, found = house.results(*lifts, VERIFY)
    assert [each["id"] for each in lifted] == in_force
    return dict(found)


def test_two_managers_set_aside_while_people_submit(house: Team) -> None:
    house.prepare(items=ITEMS, people=PEOPLE)
    url = house.run("serve")
    query = "SELECT pseudonym FROM catalog_membership WHERE role = 'annotator' ORDER BY id"
    pseudonyms = [row[0] for row in house.rows(query)]
    enough = threading.Event()
    managers = [
        Manager(Person(url, house.tokens["lead"]), pseudonyms[:3], Random(seed), enough)  # noqa: S311 - chance, no secret
        for seed in (1, 2)
    ]
    threads = [threading.Thread(target=manager.work) for manager in managers]
    for thread in threads:
        thread.start()
    options = {"unsafe": 0.35, "think": THINK, "patience": PATIENCE}
    people = [house.client(url, f"p{n}", **options) for n in range(PEOPLE)]
    assert [process.wait(300) for process in people] == [0] * PEOPLE
    enough.set()
    for thread in threads:
        thread.join(30)
    said = sum((manager.said for manager in managers), Counter())
    acknowledged = len(house.ledger("ack"))
    say(f"{acknowledged} answers beside {dict(said)}")
    assert said["make 202"] >= 2
    assert said["lift 202"] >= 1
    assert acknowledged >= 3 * ITEMS

    wait_until_decided(house)
    house.clean()
    (found,) = house.results(VERIFY)
    assert found["differences"] == 0, found["details"][:5]
    found = lift_all(house, managers[0])
    out = (
        "SELECT count(*) FROM labeling_vote v JOIN labeling_annotation a ON a.id = v.annotation_id"
    )
    assert house.rows(f"{out} WHERE a.latest AND NOT v.counts") == [(0,)]
    assert found["differences"] == 0, found["details"][:5]
    assert house.deadlocks() == 0
