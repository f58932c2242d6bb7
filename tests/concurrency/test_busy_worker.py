"""Long jobs that stand still, as many as the worker has threads, hold up no sweep."""

from __future__ import annotations

import time

import psycopg

from tests.concurrency.sizes import FEW
from tests.concurrency.team import Team
from tests.house import RUN

JOBS = 6
PATIENCE = 60.0
QUEUE = """
    INSERT INTO flow_job (public_id, project_id, kind, state, payload, done, attempts,
                          stop_requested, owner, error, created_at)
    SELECT 'job' || n, p.id, 'import_items', 'queued', '{"path": "more.jsonl"}', 0, 0,
           false, '', '', now()
    FROM catalog_project p, generate_series(1, %s) n
"""
RUNNING = "SELECT count(*) FROM flow_job WHERE state = 'running'"
SWEPT = "SELECT at FROM flow_beat WHERE name = 'sweep'"


def until(house: Team, query: str, *unlike: tuple[object, ...]) -> None:
    """Wait until a query finds other rows than these."""
    end = time.monotonic() + PATIENCE
    while house.rows(query) in [list(rows) for rows in unlike]:
        assert time.monotonic() < end, query
        time.sleep(0.05)


def test_jobs_that_stand_still_leave_a_thread_for_the_sweep(house: Team) -> None:
    house.prepare(items=FEW, people=1, overlap=1)
    (house.home / "more.jsonl").write_text('{"id": "m1", "prompt": "Are those lids clean?"}\n')
    house.rows(QUEUE, JOBS)
    with psycopg.connect(house.database) as standing:
        standing.execute("SELECT id FROM catalog_project FOR NO KEY UPDATE")
        house.start([*RUN, "worker"])
        until(house, RUNNING, ((0,),), ((1,),))
        time.sleep(3)  # as many jobs as there ever are have begun
        ((running,),) = house.rows(RUNNING)
        assert 2 <= running < 4
        for _ in range(3):
            until(house, SWEPT, tuple(house.rows(SWEPT)))
    until(
        house, "SELECT count(*) FROM flow_job WHERE state = 'done'", *(((n,),) for n in range(JOBS))
    )
