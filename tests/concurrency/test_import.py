"""People label while a file comes in: an import holds up nobody, however slow its disk is."""

from __future__ import annotations

import json
import signal
import subprocess
import time

import psycopg

from tests.concurrency.person import Person
from tests.concurrency.sizes import FEW
from tests.concurrency.team import Team
from tests.house import RUN

ROWS = 4_000
SECONDS_TO_ANSWER = 20.0
PATIENCE = 60.0
# The import is stopped inside a chunk once its session waits with a transaction open and rows
# written; a chunk spends most of its time so.
HALFWAY = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND state = 'idle in transaction'
    AND backend_xid IS NOT NULL
"""
WAITS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def stopped_halfway(house: Team) -> subprocess.Popen[str]:
    """Start an import and stop it in the middle of a chunk."""
    file = house.home / "more.jsonl"
    rows = ({"id": f"m{n}", "prompt": f"Are those {n} lids clean?"} for n in range(ROWS))
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    words = [*RUN, "manage", "import_items", str(file), "--project", "race"]
    running = house.start(words)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and running.poll() is None:
        running.send_signal(signal.SIGSTOP)
        time.sleep(0.05)
        if house.rows(HALFWAY) == [(1,)]:
            return running
        running.send_signal(signal.SIGCONT)
        time.sleep(0.02)
    raise AssertionError("the import was never caught in the middle")


def test_an_import_that_stands_still_halfway_holds_up_no_claim_and_no_answer(house: Team) -> None:
    house.prepare(items=FEW, people=1, overlap=1)
    url = house.run("web", WEB_WORKERS="1")
    running = stopped_halfway(house)
    try:
        began = time.monotonic()
        who = Person(url, house.tokens["p0"])
        status, seat, _ = who.call("POST", "/projects/race/lease", {"kind": "label"})
        assert status == 200, seat
        body = {
            "lease": seat["lease"],
            "verdicts": {"prompt": {"safety": "safe", "categories": []}},
        }
        path = f"/assignments/{seat['assignment']}/submit"
        status, said, _ = who.call("POST", path, body, Idempotency_Key="one")
        assert status == 201, said
        assert time.monotonic() - began < SECONDS_TO_ANSWER
        assert house.rows(HALFWAY) == [(1,)]  # it stood still all the while
    finally:
        running.send_signal(signal.SIGCONT)
    assert running.wait(PATIENCE * 2) == 0
    assert house.rows("SELECT count(*) FROM intake_item") == [(ROWS + FEW,)]


def test_an_import_waits_for_who_sets_the_project_up_anew_and_is_refused(house: Team) -> None:
    """The targets change between the import's first look at the project and its first chunk."""
    house.prepare(items=FEW, people=1, overlap=1)
    file = house.home / "more.jsonl"
    file.write_text('{"id": "m1", "prompt": "Are those lids clean?"}\n')
    words = [*RUN, "manage", "import_items", str(file), "--project", "race"]
    with psycopg.connect(house.database) as setting_up:
        setting_up.execute("SELECT id FROM catalog_project FOR NO KEY UPDATE")
        running = house.start(words)
        until = time.monotonic() + PATIENCE
        while house.rows(WAITS) == [(0,)]:
            assert time.monotonic() < until, "the import does not wait"
            time.sleep(0.05)
        setting_up.execute("UPDATE catalog_target SET key = 'dialogue'")
        # What `apply` does: rows of targets are made anew, so that their ids tell of a change.
        setting_up.execute("UPDATE catalog_target SET id = id + 1")
    assert running.wait(PATIENCE) == 4
    assert house.rows("SELECT count(*) FROM intake_item") == [(FEW,)]
