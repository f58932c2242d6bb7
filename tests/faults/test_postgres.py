"""L06, L07: PostgreSQL is restarted at once under load, and stays away for a while."""

from __future__ import annotations

import subprocess
import time
import urllib.error
import urllib.request

from tests.concurrency.person import Person
from tests.concurrency.sizes import SOAK
from tests.concurrency.team import Team
from tests.services import Postgres

AWAY_SECONDS = 60 if SOAK else 3
LEASES = "UPDATE catalog_project SET lease_seconds = 900"
"""As long as in earnest: longer than the database is away."""
PEOPLE, ITEMS = (20, 200) if SOAK else (8, 30)
PATIENCE = 4 if SOAK else 2


def wait(workers: list[subprocess.Popen[str]]) -> None:
    """Let all of them come to their end."""
    for worker in workers:
        assert worker.wait(300) == 0


def get(url: str, path: str) -> tuple[int, str | None]:
    """Return status and Retry-After of a page."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url + path, timeout=30) as reply:
            return reply.status, reply.headers.get("Retry-After")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get("Retry-After")


def test_l06_a_restart_under_load_loses_nothing(house: Team, postgres: Postgres) -> None:
    house.prepare(items=ITEMS, people=PEOPLE)
    url = house.run("web", WEB_WORKERS="2", WEB_THREADS="4")
    people = [f"p{number}" for number in range(PEOPLE)]
    workers = [house.client(url, person, patience=PATIENCE, think=0.05) for person in people]
    house.wait_for(ITEMS // 2, workers)
    postgres.stop("immediate")
    postgres.start()
    back = time.time()
    wait(workers)

    refused = house.ledger("refused")
    assert refused
    assert {line["status"] for line in refused} == {503}
    assert all(line["retry_after"] for line in refused)
    # After it is back each process finds its connections dead at once, by the health check.
    assert max(line["sent"] for line in refused) - back <= 1.0
    assert len(house.ledger("ack")) >= ITEMS * 3
    assert {len(rows) for rows in house.annotations().values()} == {3}
    house.clean()


def test_l07_an_answer_waits_for_the_database_and_is_saved_once(
    house: Team, postgres: Postgres
) -> None:
    house.prepare(items=ITEMS, people=PEOPLE)
    house.rows(LEASES)
    url = house.run("web", WEB_WORKERS="1")
    person = Person(url, house.tokens["p0"])
    _, lease, _ = person.call("POST", "/projects/race/lease", {"kind": "label"})
    seat = f"/assignments/{lease['assignment']}"
    draft = {"verdicts": {"prompt": {"safety": "safe"}}, "lease": lease["lease"]}
    assert person.call("PUT", f"{seat}/draft", {**draft, "version": 0})[0] == 200

    postgres.stop("fast")
    until = time.monotonic() + AWAY_SECONDS
    while time.monotonic() < until:
        status, body, again = person.call("POST", f"{seat}/submit", draft, Idempotency_Key="once")
        assert (status, body["code"]) == (503, "unavailable")
        assert again
        status, again = get(url, "/login")
        assert status == 200 or (status, again) == (503, "2")
        assert get(url, "/readyz")[0] == 503
        assert get(url, "/healthz")[0] == 200
        time.sleep(0.2)
    postgres.start()

    _, held, _ = person.call("POST", "/projects/race/lease", {"kind": "label"})
    assert held["assignment"] == lease["assignment"]
    assert held["draft"]["verdicts"] == draft["verdicts"]
    assert person.call("POST", f"{seat}/submit", draft, Idempotency_Key="once")[0] == 201
    assert person.call("POST", f"{seat}/submit", draft, Idempotency_Key="once")[0] == 200
    assert sum(len(rows) for rows in house.annotations().values()) == 1
