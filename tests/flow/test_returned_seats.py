"""Seats that come back, and answers that come after them: nothing asked in vain, nothing lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections

from annotator.accounts.queries import Actor, actor_by_username
from annotator.core import dbtime
from annotator.core.errors import LeaseLost
from annotator.flow import labeling
from annotator.flow.labeling import BlindItem, Submission
from annotator.flow.tasks import run_sweep
from annotator.intake.models import Item
from annotator.labeling.models import Annotation, Assignment, Draft
from tests.factories import make_item, make_project

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 10


def people(*numbers: int) -> list[Actor]:
    return [actor_by_username(f"p1-a{number}") for number in numbers]


def claimed(who: Actor) -> BlindItem:
    item = labeling.claim(who, "p1")
    assert item is not None
    return item


def submit(who: Actor, item: BlindItem, key: str) -> None:
    verdicts = {target.key: {"safety": "safe"} for target in item.targets if target.asked}
    labeling.submit(
        who, item.assignment, lease=item.lease, key=key, submission=Submission(verdicts=verdicts)
    )


def run_out(item: BlindItem) -> None:
    Assignment.objects.filter(public_id=item.assignment).update(
        lease_until=dbtime.now() - timedelta(seconds=1)
    )
    run_sweep()


def release(who: Actor, item: BlindItem) -> None:
    labeling.release(who, item.assignment, lease=item.lease)


@pytest.mark.parametrize("back", [lambda who, item: run_out(item), release])
def test_a_seat_that_comes_back_after_the_item_is_settled_goes_to_nobody(
    back: Callable[[Actor, BlindItem], None],
) -> None:
    """Two agree while a third holds the item: the panel's rule is done, the third seat is not needed."""
    make_item(make_project(policy={"name": "panel", "options": {"random_share": 0.0}}))
    held = [(who, claimed(who)) for who in people(1, 2, 3)]
    for who, item in held[:2]:
        submit(who, item, "k")
    assert Item.objects.get().state == Item.State.SETTLED

    back(*held[2])
    assert not Assignment.objects.filter(state__in=["open", "leased"]).exists()


def test_a_late_answer_of_who_answered_the_item_on_another_seat_is_kept_as_a_draft() -> None:
    """It used to break on the index that lets nobody answer twice: a 500 at each retry, for ever."""
    make_item(make_project())
    (who,) = people(1)
    first = claimed(who)
    run_out(first)
    second = claimed(who)
    assert second.assignment != first.assignment
    submit(who, second, "second")

    with pytest.raises(LeaseLost):
        submit(who, first, "first")
    assert Annotation.objects.count() == 1
    assert Draft.objects.get().assignment.public_id == first.assignment
    assert Draft.objects.get().kept_after_loss


def skip(who: Actor, item: BlindItem, both: threading.Barrier) -> None:
    try:
        both.wait()
        labeling.skip(who, item.assignment, lease=item.lease, reason="unsure")
    finally:
        connections.close_all()


def test_two_people_skip_one_item_at_the_same_time() -> None:
    """Each opens a seat of the next number; it used to be the same one, and one skip a 500."""
    project = make_project()
    for round_ in range(ROUNDS):
        make_item(project, f"i{round_}")
        both = threading.Barrier(2)
        with ThreadPoolExecutor(2) as pool:
            skips = [pool.submit(skip, who, claimed(who), both) for who in people(1, 2)]
        assert [each.result() for each in skips] == [None, None]
