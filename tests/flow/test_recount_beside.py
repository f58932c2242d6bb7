"""Counts are made anew from the votes while people vote on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from annotator.accounts.queries import actor_by_username
from annotator.flow import labeling, tasks
from annotator.flow.verify import verify
from annotator.quality import counts
from annotator.quality.models import PatternDelta
from annotator.quality.queries.recount import from_counts, from_votes
from tests.factories import make_items, make_project


@pytest.mark.django_db(transaction=True)
def test_what_is_voted_while_the_votes_are_read_is_counted_once() -> None:
    """PostgreSQL reads one snapshot; SQLite has one writer, so that nobody votes meanwhile."""
    project = make_project(targets=["prompt"])
    make_items(project, *({"id": f"i{n}", "prompt": f"Text {n}"} for n in range(4)))
    tasks.fold_counts()
    voted: list[bool] = []

    def vote() -> None:
        actor = actor_by_username("p1-a1")
        held = labeling.claim(actor, "p1", labeling.LABEL)
        assert held is not None
        said = labeling.Submission(verdicts={"prompt": {"safety": "safe"}})
        key = f"k{len(voted)}"
        labeling.submit(actor, held.assignment, lease=held.lease, key=key, submission=said)
        voted.append(True)
        connections.close_all()

    def meanwhile(done: int, total: int) -> None:
        if done == total and connection.vendor == "postgresql":
            with ThreadPoolExecutor(max_workers=1) as pool:
                pool.submit(vote).result()

    vote()
    assert counts.rebuild(project, step=meanwhile) == 1
    assert len(voted) == (2 if connection.vendor == "postgresql" else 1)
    assert PatternDelta.objects.count() == len(voted) - 1
    assert from_counts(project) == from_votes(project)
    tasks.fold_counts()
    assert verify(project).document()["details"] == []
