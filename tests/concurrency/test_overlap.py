"""Many people, killed at the worst moments: each item gets exactly its overlap, and no more."""

from __future__ import annotations

import time

from tests.concurrency.sizes import CLIENTS, ITEMS, SOAK
from tests.concurrency.team import Team, labels
from tests.house import say

OVERLAP = 3
LEASE_SECONDS = 3
ABANDONED = 3
SWEPT_SECONDS = 15
"""A sweep comes each second; on a busy machine late, but not by a minute."""
DEATHS = 0.03 if SOAK else 0.05
PATIENCE = 60.0


def shorten_leases(house: Team) -> None:
    """A lease in earnest lasts a quarter of an hour; a project file refuses less than 30 s."""
    house.rows("UPDATE catalog_project SET lease_seconds = %s", LEASE_SECONDS)


def abandon_some(house: Team, url: str) -> None:
    """Let a few people take a seat and vanish for good; wait until their seats are back."""
    gone = [house.client(url, f"p{CLIENTS + n}", abandon=True) for n in range(ABANDONED)]
    for process in gone:
        process.wait(60)
    left = house.ledger("abandoned")
    assert len(left) == ABANDONED
    seats = [line["assignment"] for line in left]
    states = "SELECT DISTINCT state FROM labeling_assignment WHERE public_id = ANY(%s)"
    until = time.monotonic() + PATIENCE
    while house.rows(states, seats) != [("open",)]:
        assert time.monotonic() < until
        time.sleep(0.1)
    waited = time.time() - min(line["at"] for line in left)
    assert LEASE_SECONDS <= waited < LEASE_SECONDS + SWEPT_SECONDS
    say(f"{ABANDONED} abandoned seats are open again after {waited:.1f} s")


def test_each_item_gets_exactly_its_overlap_by_different_people(house: Team) -> None:
    house.prepare(items=ITEMS, people=CLIENTS + ABANDONED)
    shorten_leases(house)
    url = house.run("serve")
    abandon_some(house, url)
    began, seats = time.monotonic(), ITEMS * OVERLAP
    killed = labels(
        house, url, people=CLIENTS, deaths=DEATHS, options={"patience": PATIENCE}, seats=seats
    )
    say(f"{CLIENTS} clients, {seats} seats, {killed} kills, {time.monotonic() - began:.1f} s")

    stored = house.annotations()
    assert killed > 0
    assert len(stored) == ITEMS
    for item, rows in stored.items():
        assert len(rows) == OVERLAP, item
        assert len({person for _, person, _ in rows}) == OVERLAP, item
    house.clean()
    left = dict(house.rows("SELECT state, count(*) FROM labeling_assignment GROUP BY state"))
    assert left == {"done": seats}
    assert house.deadlocks() == 0


def test_the_race_catches_a_claim_that_counts_before_it_inserts(house: Team) -> None:
    house.prepare(items=ITEMS, people=CLIENTS + ABANDONED)
    url = house.run("web", DJANGO_SETTINGS_MODULE="tests.concurrency.naive_settings")
    people = [house.client(url, f"p{n}", patience=1.0) for n in range(CLIENTS)]
    most = 0
    while most <= OVERLAP and any(person.poll() is None for person in people):
        time.sleep(0.1)
        most = max((len(rows) for rows in house.annotations().values()), default=0)
    assert most > OVERLAP
