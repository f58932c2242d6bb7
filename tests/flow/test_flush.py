"""What a juror's outcomes leave behind when a lease ran out while they were under way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from annotator.panel import queue
from annotator.panel.models import Call, Inquiry, Opinion
from annotator.panel.models import Vote as JurorVote
from jury.opinion import CallRecord, Outcome, Usage
from jury.opinion import Opinion as Said
from jury.verdict import Answer
from tests.factories import make_items, make_project

pytestmark = pytest.mark.django_db

OWNER = "me"


@pytest.fixture
def rows() -> tuple[Inquiry, Inquiry]:
    """Two inquiries that I hold, the first of them given to me twice."""
    project = make_project("p1", jurors=("j",))
    ids = make_items(project, *({"id": f"i{n}", "prompt": f"Egg {n}?"} for n in range(2)))
    queue.open_inquiries(project.id, ids, purpose="panel")
    Inquiry.objects.update(state=Inquiry.State.LEASED, owner=OWNER)
    first, second = Inquiry.objects.order_by("pk")
    return first, second


def given(row: Inquiry, value: str) -> Outcome:
    call = CallRecord(
        request_key=f"{row.public_id}.{value}",
        attempt=1,
        status=200,
        error="",
        raw_reply="{}",
        usage=Usage(1, 1, 0.0),
        seconds=0.1,
        started=0.0,
    )
    said = Said("prompt", {"safety": Answer(value)}, "Because.")
    return Outcome(row.pk, "j", "given", opinions=(said,), calls=(call,), attempts=1)


def test_two_outcomes_of_one_inquiry_store_the_first_and_hold_up_no_other(
    rows: tuple[Inquiry, Inquiry],
) -> None:
    first, second = rows
    outcomes = [given(first, "safe"), given(second, "safe"), given(first, "unsafe")]

    assert queue.flush(owner=OWNER, outcomes=outcomes) == 2
    assert queue.flush(owner=OWNER, outcomes=outcomes[2:]) == 0
    assert set(Inquiry.objects.values_list("state", flat=True)) == {"given"}
    assert Opinion.objects.count() == 2
    assert set(JurorVote.objects.values_list("value", flat=True)) == {"safe"}
    assert Call.objects.count() == 4  # each paid reply is accounted for


def test_an_answer_counts_more_than_a_release_of_the_same_inquiry(
    rows: tuple[Inquiry, Inquiry],
) -> None:
    first, _ = rows
    answer = given(first, "safe")
    release = replace(answer, state="released", opinions=(), calls=())

    assert queue.flush(owner=OWNER, outcomes=[release, answer]) == 1
    assert Inquiry.objects.get(pk=first.pk).state == "given"
