"""An item is locked before its seats: who answers late and who moves the item on never deadlock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import psycopg
import pytest

from tests.concurrency.person import Person
from tests.concurrency.sizes import FEW
from tests.concurrency.stock import Stock
from tests.concurrency.team import Team

Reply = tuple[int, Any, str | None]
Write = Callable[[Person, Mapping[str, Any]], Reply]
PATIENCE = 30.0
WAITS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
OPEN_AGAIN = "UPDATE labeling_assignment SET state = 'open', person_id = NULL WHERE public_id = %s"
OVERDUE = """
    UPDATE labeling_assignment SET lease_until = now() - interval '1 second' WHERE public_id = %s
"""
CANCEL = "UPDATE labeling_assignment SET state = 'cancelled' WHERE public_id = %s"
STATE = "SELECT state FROM labeling_assignment WHERE public_id = %s"


@pytest.fixture(scope="module")
def house(stock: Stock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """A house with an item for each test."""
    with stock.house(tmp_path_factory.mktemp("house")) as made:
        made.prepare(items=FEW, people=1, overlap=1)
        yield made


@pytest.fixture(scope="module")
def who(house: Team) -> Person:
    """The one who answers."""
    return Person(house.run("web", WEB_WORKERS="1"), house.tokens["p0"])


def submit(who: Person, seat: Mapping[str, Any]) -> Reply:
    body = {"lease": seat["lease"], "verdicts": {"prompt": {"safety": "safe", "categories": []}}}
    path = f"/assignments/{seat['assignment']}/submit"
    return who.call("POST", path, body, Idempotency_Key="late")


def skip(who: Person, seat: Mapping[str, Any]) -> Reply:
    body = {"lease": seat["lease"], "reason": "unsure"}
    return who.call("POST", f"/assignments/{seat['assignment']}/skip", body)


def release(who: Person, seat: Mapping[str, Any]) -> Reply:
    return who.call("POST", f"/assignments/{seat['assignment']}/release", {"lease": seat["lease"]})


def somebody_waits(house: Team) -> None:
    """Wait until a session of the house waits for a lock."""
    until = time.monotonic() + PATIENCE
    while house.rows(WAITS) == [(0,)]:
        assert time.monotonic() < until, "nobody waits"
        time.sleep(0.02)


@pytest.mark.parametrize("write", [submit, skip, release])
def test_who_writes_on_a_seat_waits_for_its_item_before(
    house: Team, who: Person, write: Write
) -> None:
    """As `advance` does, another connection locks the item, then cancels the open seat."""
    status, seat, _ = who.call("POST", "/projects/race/lease", {"kind": "label"})
    assert status == 200, seat
    # The lease ran out and the sweep put the seat back; nobody took it.
    house.rows(OPEN_AGAIN, seat["assignment"])
    replies: list[Reply] = []
    late = threading.Thread(target=lambda: replies.append(write(who, seat)))
    with psycopg.connect(house.database) as mover:
        mover.execute("SELECT id FROM intake_item ORDER BY id FOR UPDATE")
        late.start()
        somebody_waits(house)
        mover.execute(CANCEL, [seat["assignment"]])
    late.join(PATIENCE)
    ((status, body, _),) = replies
    assert (status, body["code"]) == (409, "lease_lost")
    assert house.deadlocks() == 0


def test_the_sweep_locks_items_before_the_seats_that_it_puts_back(house: Team, who: Person) -> None:
    """As a submit does, another connection locks the item, then the seat."""
    status, seat, _ = who.call("POST", "/projects/race/lease", {"kind": "label"})
    assert status == 200, seat
    house.start(house.words("worker"))
    with psycopg.connect(house.database) as submitter:
        submitter.execute("SELECT id FROM intake_item ORDER BY id FOR UPDATE")
        house.rows(OVERDUE, seat["assignment"])
        somebody_waits(house)
        submitter.execute("SELECT id FROM labeling_assignment ORDER BY id FOR UPDATE")
        submitter.rollback()
    until = time.monotonic() + PATIENCE
    while house.rows(STATE, seat["assignment"]) != [("open",)]:
        assert time.monotonic() < until, "the seat was never put back"
        time.sleep(0.05)
    assert house.deadlocks() == 0
