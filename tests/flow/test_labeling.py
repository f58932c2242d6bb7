"""Seats, answers and what they move: the promises of the labeling door."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest

from annotator.accounts import services as accounts
from annotator.accounts.queries import Actor, actor
from annotator.catalog.models import Membership, Project
from annotator.catalog.queries import ProjectView, project_by_slug
from annotator.core import dbtime
from annotator.core.errors import (
    AlreadyDone,
    IdempotencyMismatch,
    Invalid,
    LeaseLost,
    NotFound,
    VersionConflict,
)
from annotator.flow import labeling, steps
from annotator.flow.intake import import_items
from annotator.flow.labeling import BlindItem, Submission
from annotator.intake.models import Item
from annotator.labeling.models import Annotation, Assignment, Draft, Vote
from annotator.labeling.services import return_expired_seats
from annotator.quality.models import Decision, Ruling
from tests.flow.projects import project as apply_project

pytestmark = pytest.mark.django_db


def a_project(*, items: int, options: dict[str, object] | None = None) -> ProjectView:
    """Return a project with pairs imported as a user would."""
    root = {"policy": {"name": "majority", "options": options or {}}}
    project = apply_project(root=root)
    rows = [
        {"id": f"i{n}", "prompt": f"Question {n}?", "response": f"Answer {n}."}
        for n in range(items)
    ]
    with NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write("".join(json.dumps(row) + "\n" for row in rows))
        file.flush()
        import_items(Path(file.name), project=project)
    return project


def person(project: ProjectView, name: str, role: str = "annotator") -> Actor:
    """Return a new member of the project."""
    made = actor(accounts.create_person(username=name))
    Membership.objects.create(project_id=project.id, person_id=made.id, role=role, pseudonym=name)
    return made


@pytest.fixture
def project() -> ProjectView:
    return a_project(items=2)


def answers(item: BlindItem, safety: str, *categories: str) -> Submission:
    """Return one answer for every target that is asked."""
    verdict = {"safety": safety, "categories": list(categories)}
    return Submission(verdicts={t.key: verdict for t in item.targets if t.asked}, seconds=4.0)


def label(who: Actor, project: ProjectView, safety: str, *categories: str) -> str:
    """Claim and submit one item; return its external id."""
    item = labeling.claim(who, project.slug)
    assert item is not None
    labeling.submit(
        who,
        item.assignment,
        lease=item.lease,
        key=f"{who.username}-{item.external_id}",
        submission=answers(item, safety, *categories),
    )
    return item.external_id


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


def expire(item: BlindItem) -> None:
    """Let a lease run out and be swept."""
    Assignment.objects.filter(public_id=item.assignment).update(
        lease_until=dbtime.now() - timedelta(seconds=1)
    )
    assert return_expired_seats() == 1


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


def test_a_split_is_labeled_again_by_a_new_person_and_only_where_unsettled() -> None:
    project = a_project(items=1)
    people = [person(project, f"p{number}") for number in range(4)]
    first, *others = ("safe", "unsafe", "needs_caution")
    for who, response in zip(people, (first, *others), strict=False):
        item = labeling.claim(who, project.slug)
        assert item is not None
        verdict = {"safety": response}
        if response == "unsafe":
            verdict["categories"] = ["violence"]  # type: ignore[assignment]
        labeling.submit(
            who,
            item.assignment,
            lease=item.lease,
            key=f"k{who.id}",
            submission=Submission(verdicts={"prompt": {"safety": "safe"}, "response": verdict}),
        )
    seat = Assignment.objects.get(state=Assignment.State.OPEN)
    assert seat.reason == Assignment.Reason.REANNOTATION
    assert seat.asks == {"response": ["safety"]}
    assert seat.round == 2
    for who in people[:3]:
        assert labeling.claim(who, project.slug) is None
    again = labeling.claim(people[3], project.slug)
    assert again is not None
    assert {t.key: t.asked for t in again.targets} == {"prompt": False, "response": True}
    settled = Ruling.objects.get(current=True)
    assert (settled.unit.target, settled.value) == ("prompt", "safe")
    assert Item.objects.get().state == Item.State.LABEL_AGAIN


def test_after_the_last_vote_a_lead_decides_and_advance_is_idempotent() -> None:
    project = a_project(items=1, options={"max_votes": 3})
    for number, safety in enumerate(("safe", "unsafe", "needs_caution")):
        label(person(project, f"p{number}"), project, safety, *["violence"][: safety == "unsafe"])
    lead = person(project, "lead", "adjudicator")
    assert Item.objects.get().state == Item.State.WITH_LEAD
    before = Decision.objects.count(), Assignment.objects.count()
    ids = list(Item.objects.values_list("pk", flat=True))
    for _ in range(2):
        steps.advance(project_by_slug(project.slug), ids)
    assert (Decision.objects.count(), Assignment.objects.count()) == before
    item = labeling.claim(lead, project.slug, "adjudicate")
    assert item is not None
    labeling.submit(
        lead,
        item.assignment,
        lease=item.lease,
        key="k",
        submission=Submission(
            verdicts={t.key: {"safety": "safe"} for t in item.targets if t.asked},
            reason="unclear",
            contested=True,
        ),
    )
    rulings = Ruling.objects.filter(current=True)
    assert {(r.source, r.contested, r.value) for r in rulings} == {("adjudicator", True, "safe")}
    assert Item.objects.get().state == Item.State.SETTLED


def test_who_labeled_an_item_never_adjudicates_it() -> None:
    project = a_project(items=1, options={"max_votes": 3})
    lead = person(project, "lead", "adjudicator")
    label(lead, project, "safe")
    for number, safety in enumerate(("unsafe", "needs_caution")):
        label(person(project, f"p{number}"), project, safety, *["violence"][: safety == "unsafe"])
    assert Item.objects.get().state == Item.State.WITH_LEAD
    assert labeling.claim(lead, project.slug, "adjudicate") is None


def test_undo_withdraws_reopens_and_a_new_answer_supersedes() -> None:
    project = a_project(items=1)
    people = [person(project, f"p{number}") for number in range(3)]
    for who in people:
        label(who, project, "safe")
    assert Item.objects.get().state == Item.State.SETTLED
    back = labeling.undo(people[2], project.slug)
    assert back is not None
    assert back.draft["verdicts"]["prompt"]["safety"] == "safe"  # type: ignore[index]
    assert Item.objects.get().state == Item.State.IN_WORK
    assert not Ruling.objects.filter(current=True).exists()
    assert Ruling.objects.exists()
    labeling.submit(
        people[2],
        back.assignment,
        lease=back.lease,
        key="again",
        submission=answers(back, "unsafe", "violence"),
    )
    revisions = Annotation.objects.filter(person=people[2].id).order_by("revision")
    assert [(a.revision, a.latest) for a in revisions] == [(1, False), (2, True)]
    assert Vote.objects.filter(counts=True).count() == 6
    assert set(Ruling.objects.filter(current=True).values_list("value", flat=True)) == {"safe"}


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
