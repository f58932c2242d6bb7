"""Seats, drafts and answers: the promises of the labeling door."""

from __future__ import annotations

from collections import Counter

import pytest

from annotator.catalog.models import Membership, Project
from annotator.catalog.queries import ProjectView
from annotator.core.errors import (
    AlreadyDone,
    IdempotencyMismatch,
    Invalid,
    LeaseLost,
    NotFound,
    VersionConflict,
)
from annotator.flow import labeling
from annotator.flow.labeling import BlindItem, Submission
from annotator.intake.models import Item
from annotator.labeling.models import Annotation, Assignment, Draft, Vote
from tests.flow.hands import a_project, answers, expire, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> ProjectView:
    return a_project(items=2)


def test_everybody_gets_each_item_once_and_never_more_than_the_overlap(
    project: ProjectView,
) -> None:
    people = [person(project, f"p{number}") for number in range(5)]
    got: Counter[str] = Counter()
    for who in people:
        seen = []
        while (item := labeling.claim(who, project.slug)) is not None:
            assert item.external_id not in seen
            seen.append(item.external_id)
            labeling.submit(
                who,
                item.assignment,
                lease=item.lease,
                key=f"{who.id}{item.external_id}",
                submission=answers(item, "safe"),
            )
        got.update(seen)
    assert got == dict.fromkeys(got, project.overlap)
    assert set(Item.objects.values_list("state", flat=True)) == {Item.State.SETTLED}


def test_a_second_claim_returns_the_seat_already_held(project: ProjectView) -> None:
    who = person(project, "p")
    first, second = (labeling.claim(who, project.slug) for _ in range(2))
    assert first is not None
    assert second is not None
    assert (first.assignment, first.lease) == (second.assignment, second.lease)


def test_the_same_key_is_one_answer_and_another_body_is_refused(project: ProjectView) -> None:
    who = person(project, "p")
    item = labeling.claim(who, project.slug)
    assert item is not None
    first, again = (
        labeling.submit(
            who, item.assignment, lease=item.lease, key="k", submission=answers(item, "safe")
        )
        for _ in range(2)
    )
    assert (first.created, again.created) == (True, False)
    assert first.annotation == again.annotation
    with pytest.raises(IdempotencyMismatch):
        labeling.submit(
            who,
            item.assignment,
            lease=item.lease,
            key="k",
            submission=answers(item, "unsafe", "violence"),
        )
    with pytest.raises(AlreadyDone):
        labeling.submit(
            who, item.assignment, lease=item.lease, key="other", submission=answers(item, "safe")
        )
    assert Annotation.objects.count() == 1


def test_an_incomplete_answer_names_each_field_and_stores_nothing(project: ProjectView) -> None:
    who = person(project, "p")
    item = labeling.claim(who, project.slug)
    assert item is not None
    keys = [target.key for target in item.targets]
    bad = Submission(
        verdicts={
            keys[0]: {"safety": "unsafe"},
            "moon": {"safety": "safe"},
            **{key: {"safety": "safe", "categories": ["violence"]} for key in keys[1:]},
        }
    )
    with pytest.raises(Invalid) as caught:
        labeling.submit(who, item.assignment, lease=item.lease, key="k", submission=bad)
    assert {f"{keys[0]}-categories", "moon"} <= set(caught.value.fields)
    assert Annotation.objects.count() == Vote.objects.count() == 0


def test_a_late_answer_is_taken_while_nobody_else_has_the_seat(project: ProjectView) -> None:
    who = person(project, "p")
    item = labeling.claim(who, project.slug)
    assert item is not None
    expire(item)
    receipt = labeling.submit(
        who, item.assignment, lease=item.lease, key="k", submission=answers(item, "safe")
    )
    assert receipt.created
    assert Assignment.objects.get(public_id=item.assignment).state == Assignment.State.DONE


def test_a_late_answer_on_a_taken_seat_is_kept_as_a_draft(project: ProjectView) -> None:
    first, second = person(project, "first"), person(project, "second")
    item = labeling.claim(first, project.slug)
    assert item is not None
    expire(item)
    seat = Assignment.objects.get(public_id=item.assignment)
    Assignment.objects.filter(state="open").exclude(pk=seat.pk).update(state="cancelled")
    taken = labeling.claim(second, project.slug)
    assert taken is not None
    assert taken.assignment == item.assignment
    with pytest.raises(LeaseLost):
        labeling.save_draft(first, item.assignment, lease=item.lease, version=0, body={})
    with pytest.raises(LeaseLost):
        labeling.submit(
            first, item.assignment, lease=item.lease, key="k", submission=answers(item, "safe")
        )
    assert Annotation.objects.count() == 0
    kept = Draft.objects.get(person=first.id)
    assert kept.kept_after_loss
    assert kept.body["verdicts"] == dict(answers(item, "safe").verdicts)


def test_drafts_have_versions_and_a_conflict_shows_both(project: ProjectView) -> None:
    who = person(project, "p")
    item = labeling.claim(who, project.slug)
    assert item is not None
    lease = {"lease": item.lease}
    assert labeling.save_draft(who, item.assignment, **lease, version=0, body={"a": 1}) == 1
    assert labeling.save_draft(who, item.assignment, **lease, version=1, body={"a": 2}) == 2
    with pytest.raises(VersionConflict) as caught:
        labeling.save_draft(who, item.assignment, **lease, version=1, body={"a": 3})
    assert caught.value.details["yours"] == {"a": 3}
    assert caught.value.details["stored"] == {"a": 2}
    shown = labeling.held(who, project.slug)
    assert shown is not None
    assert (shown.version, shown.draft) == (2, {"a": 2})


def test_a_skip_asks_somebody_else_and_never_the_same_person(project: ProjectView) -> None:
    who = person(project, "p")
    item = labeling.claim(who, project.slug)
    assert item is not None
    labeling.skip(who, item.assignment, lease=item.lease, reason="too_harmful")
    again = labeling.claim(who, project.slug)
    assert again is not None
    assert again.external_id != item.external_id
    open_or_done = Assignment.objects.filter(item__external_id=item.external_id).exclude(
        state=Assignment.State.SKIPPED
    )
    assert open_or_done.count() == project.overlap
    assert {seat.round for seat in open_or_done} == {1}
    with pytest.raises(Invalid):
        labeling.skip(who, again.assignment, lease=again.lease, reason="bored")


def test_other_peoples_seats_look_absent(project: ProjectView) -> None:
    who, other = person(project, "p"), person(project, "other")
    item = labeling.claim(who, project.slug)
    assert item is not None
    for act in (
        lambda: labeling.heartbeat(other, item.assignment, lease=item.lease),
        lambda: labeling.release(other, item.assignment, lease=item.lease),
        lambda: labeling.skip(other, item.assignment, lease=item.lease, reason="unsure"),
        lambda: labeling.submit(
            other, item.assignment, lease=item.lease, key="k", submission=answers(item, "safe")
        ),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_removed_member_can_submit_nothing_more(project: ProjectView) -> None:
    who = person(project, "p")
    item = labeling.claim(who, project.slug)
    assert item is not None
    Membership.objects.filter(person=who.id).update(active=False)
    with pytest.raises(NotFound):
        labeling.submit(
            who, item.assignment, lease=item.lease, key="k", submission=answers(item, "safe")
        )


def test_a_blind_item_carries_nothing_but_text_and_questions(project: ProjectView) -> None:
    item = labeling.claim(person(project, "p"), project.slug)
    assert item is not None
    fields = set(BlindItem.__dataclass_fields__)
    assert fields == {
        "assignment",
        "kind",
        "lease",
        "expires",
        "project",
        "public_id",
        "external_id",
        "language",
        "messages",
        "targets",
        "taxonomy",
        "taxonomy_ref",
        "version",
        "draft",
    }
    assert Draft.objects.count() == 0
    assert Project.objects.count() == 1
