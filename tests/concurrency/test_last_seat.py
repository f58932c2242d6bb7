"""L11: two people go for the last seat at the same moment, a hundred times."""

from __future__ import annotations

import http.client
import json
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.concurrency.sizes import FEWER_ROUNDS, ROUNDS
from tests.concurrency.stock import Stock
from tests.concurrency.team import Team

NAIVE = "tests.concurrency.naive_settings"


@pytest.fixture(scope="module")
def house(stock: Stock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """A house with more items than rounds, and two people."""
    with stock.house(tmp_path_factory.mktemp("house")) as made:
        made.prepare(items=ROUNDS + 1, people=2, overlap=1)
        yield made


@pytest.fixture(scope="module")
def url(house: Team) -> str:
    """Where the product serves."""
    return house.run("web")


def rival(url: str, token: str, start: Any, pipe: Connection) -> None:
    """Claim at each start, as a process of its own; send (status, external id)."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    while pipe.recv() == "claim":
        start.wait()
        connection.request("POST", "/api/v1/projects/race/lease", b'{"kind": "label"}', headers)
        reply = connection.getresponse()
        raw = reply.read()
        pipe.send((reply.status, json.loads(raw)["item"]["external_id"] if raw else None))


@contextmanager
def rivals(house: Team, url: str) -> Iterator[list[Connection]]:
    """Two people in processes of their own; what is sent to a pipe starts a claim."""
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(2)
    pipes, processes = [], []
    for person in ("p0", "p1"):
        ours, theirs = context.Pipe()
        arguments = (url, house.tokens[person], start, theirs)
        process = context.Process(target=rival, args=arguments, daemon=True)
        process.start()
        pipes.append(ours)
        processes.append(process)
    try:
        yield pipes
    finally:
        for pipe in pipes:
            pipe.send("end")
        for process in processes:
            process.join(10)


def open_only(house: Team, items: list[str]) -> None:
    """Leave one open seat on each of the items, and none elsewhere."""
    house.rows(
        """
        UPDATE labeling_assignment s
        SET state = CASE WHEN i.external_id = ANY(%s) THEN 'open' ELSE 'cancelled' END,
            person_id = NULL, lease_until = NULL
        FROM intake_item i WHERE i.id = s.item_id
        """,
        items,
    )


def claims(pipes: list[Connection]) -> list[tuple[int, str | None]]:
    """Let both claim at once; return what each got."""
    for pipe in pipes:
        pipe.send("claim")
    return [pipe.recv() for pipe in pipes]


def test_one_wins_the_last_seat_and_the_other_gets_nothing(house: Team, url: str) -> None:
    with rivals(house, url) as pipes:
        for number in range(ROUNDS):
            open_only(house, [f"k{number}"])
            assert sorted(status for status, _ in claims(pipes)) == [200, 204]
    assert house.deadlocks() == 0


def test_with_two_seats_each_gets_another_item(house: Team, url: str) -> None:
    with rivals(house, url) as pipes:
        for number in range(FEWER_ROUNDS):
            open_only(house, [f"k{number}", f"k{number + 1}"])
            assert {item for _, item in claims(pipes)} == {f"k{number}", f"k{number + 1}"}
    assert house.deadlocks() == 0


def test_the_race_catches_a_claim_that_counts_before_it_inserts(house: Team) -> None:
    naive = house.run("web", DJANGO_SETTINGS_MODULE=NAIVE)
    with rivals(house, naive) as pipes:
        for _ in range(ROUNDS):
            (_, first), (_, second) = claims(pipes)
            if first is not None and first == second:
                return
    raise AssertionError("two never got the same seat")
