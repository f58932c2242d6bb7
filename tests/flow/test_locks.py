"""What folds counts, and what rolls a run back, keeps off rows that somebody else holds.

A race meets these moments once in many runs; here another connection holds the rows.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from annotator.catalog.queries import project_by_slug
from annotator.flow import redecide
from annotator.flow.whatif import wish
from annotator.intake import state_counts
from annotator.intake.models import StateDelta
from annotator.labeling.models import Assignment
from annotator.quality import counts
from annotator.quality.models import PatternDelta
from tests.factories import add_votes, make_item, make_project

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 30.0
WAITS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
SAFE = {"prompt": "safe", "response": "safe"}


@pytest.fixture(autouse=True)
def _no_waiting_for_ever(transactional_db: None) -> Iterator[None]:
    """Let a wait for what another connection of the same test holds fail."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '5s'")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET lock_timeout")


@contextmanager
def somebody_holding(rows: str) -> Iterator[BaseDatabaseWrapper]:
    """Another connection with locks on what a SELECT finds."""
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute(f"{rows} FOR UPDATE")
        yield other
        other.rollback()
    finally:
        other.close()


if connection.vendor == "postgresql":  # SQLite has one writer at a time, and no such locks

    def test_who_comes_while_a_projects_counts_are_folded_folds_nothing() -> None:
        project = make_project()
        item = make_item(project)
        counts.fold(project)
        add_votes(project, item, {"p1-a1": SAFE})
        pending = PatternDelta.objects.count()
        assert pending
        with somebody_holding("SELECT 1 FROM quality_agreementstate"):
            assert counts.fold(project) == 0
        assert PatternDelta.objects.count() == pending
        assert counts.fold(project) == pending

    def test_changes_of_state_that_somebody_folds_are_left_to_them() -> None:
        project = make_project()
        make_item(project)
        pending = StateDelta.objects.count()
        assert pending
        with somebody_holding("SELECT 1 FROM intake_statedelta"):
            assert state_counts.fold() == 0
        assert state_counts.fold() == pending

    def test_a_run_that_is_rolled_back_takes_items_before_their_seats() -> None:
        """Who submits has the item and wants the seat: nobody may have the seat and want the item."""
        project = make_project(policy={"name": "majority", "options": {"max_votes": 3}})
        item = make_item(project)
        add_votes(project, item, {"p1-a1": SAFE})
        lax = wish(project, "panel", {"cost": 0.5, "random_share": 0.0})
        run = redecide.begin(project, lax)
        redecide.carry_on(run)
        assert Assignment.objects.filter(state="cancelled").count() == 2
        redecide.begin_rolling_back(project_by_slug("p1"), run)
        back = threading.Thread(target=_roll_back, args=(run,))
        with somebody_holding("SELECT 1 FROM intake_item") as other:
            back.start()
            _wait_for_a_waiter()
            with other.cursor() as cursor:
                cursor.execute("SELECT 1 FROM labeling_assignment FOR UPDATE NOWAIT")
        back.join(PATIENCE)
        assert not back.is_alive()
        assert project_by_slug("p1").policy.options == project.policy.options


def _roll_back(run: int) -> None:
    redecide.carry_back(run)
    connections.close_all()


def _wait_for_a_waiter() -> None:
    until = time.monotonic() + PATIENCE
    while True:
        with connection.cursor() as cursor:
            cursor.execute(WAITS)
            if cursor.fetchone() != (0,):
                return
        assert time.monotonic() < until, "nobody waits"
        time.sleep(0.02)
