"""Leads who label: what others said is sealed until they cannot be given the item any more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from annotator.accounts.queries import Actor
from annotator.audit.models import Event
from annotator.catalog.models import Membership
from annotator.catalog.queries import ProjectView
from annotator.core import dbtime
from annotator.core.errors import Conflict, LeaseLost, NotAllowed, NotFound
from annotator.flow import items, labeling, lead, overview, people, review
from annotator.flow.labeling import ADJUDICATE
from annotator.flow.revealed import RevealedItem, SealedItem
from annotator.flow.sealed import FINAL_AFTER, sealed_among
from annotator.flow.units import unit_detail
from annotator.intake.models import Item
from annotator.labeling.models import Annotation, Assignment, Shown, Vote
from annotator.labeling.services import NewSeat, open_seats
from tests.flow.hands import a_project, answers, expire, label, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> ProjectView:
    return a_project(items=1)


@pytest.fixture
def boss(project: ProjectView) -> Actor:
    """A manager who labels, too."""
    return person(project, "boss", "manager")


def public_id() -> str:
    return Item.objects.values_list("public_id", flat=True).get()


def sealed(who: Actor, project: ProjectView) -> bool:
    page = review.item_page(who, project.slug, public_id())
    assert isinstance(page, SealedItem | RevealedItem)
    return isinstance(page, SealedItem)


def grow_old(who: Actor) -> None:
    """Let a person's submissions be older than a slip of the hand."""
    past = dbtime.now() - FINAL_AFTER - timedelta(seconds=1)
    Assignment.objects.filter(person=who.id).update(ended_at=past)


def test_an_item_is_sealed_for_who_may_still_be_given_it(project: ProjectView, boss: Actor) -> None:
    label(person(project, "p1"), project, "unsafe", "violence")
    assert sealed(boss, project)
    page = review.item_page(boss, project.slug, public_id())
    assert "violence" not in repr(page)
    (row,) = items.items_list(boss, project.slug).rows
    assert (row.sealed, row.state) == (True, "")
    assert not any((*row.people.values(), *row.jury.values()))
    by_state = items.items_list(boss, project.slug, state="in_work")
    assert (by_state.rows, by_state.left_out) == ((), True)
    with pytest.raises(NotAllowed):
        unit_detail(boss, project.slug, f"{public_id()}:prompt")
    assert {unit.state for unit in overview.unit_list(boss, project.slug).rows} == {None}
    assert overview.unit_list(boss, project.slug, state="open").rows == ()
    assert sealed_among(boss, project, [public_id()]) == {public_id()}


def test_who_takes_no_items_reads_everything(project: ProjectView, boss: Actor) -> None:
    label(person(project, "p1"), project, "unsafe", "violence")
    people.change_labeling(boss, project.slug, "boss", labels=False)
    assert not sealed(boss, project)
    (row,) = items.items_list(boss, project.slug, state="in_work").rows
    assert row.people["prompt"] == ("unsafe",)
    assert unit_detail(boss, project.slug, f"{public_id()}:prompt").votes
    with pytest.raises(NotAllowed):
        labeling.claim(boss, project.slug)


def test_a_note_on_a_sealed_item_is_kept_back(project: ProjectView, boss: Actor) -> None:
    who = person(project, "p1")
    label(who, project, "safe")
    Annotation.objects.update(flagged=True, comment="so rude")
    (marked,) = lead.glance(boss, project.slug).flagged
    assert (marked.sealed, marked.note) == (True, "")
    people.change_labeling(boss, project.slug, "boss", labels=False)
    assert lead.glance(boss, project.slug).flagged[0].note == "so rude"


def test_ones_own_answer_opens_the_item_once_it_is_final(project: ProjectView, boss: Actor) -> None:
    label(person(project, "p1"), project, "unsafe", "violence")
    label(boss, project, "safe")
    assert sealed(boss, project)
    grow_old(boss)
    assert not sealed(boss, project)
    with pytest.raises(Conflict):
        labeling.undo(boss, project.slug)
    assert Vote.objects.filter(annotation__person=boss.id, counts=True).count() == 2


def test_the_list_does_not_say_that_ones_own_fresh_answer_settled_an_item(
    project: ProjectView, boss: Actor
) -> None:
    for number in (1, 2):
        label(person(project, f"p{number}"), project, "safe")
    label(boss, project, "safe")
    assert Item.objects.get().state == Item.State.SETTLED
    assert items.items_list(boss, project.slug, state="settled").rows == ()
    grow_old(boss)
    assert len(items.items_list(boss, project.slug, state="settled").rows) == 1


def test_a_fresh_answer_can_be_taken_back_until_it_is_said_to_be_final(
    project: ProjectView, boss: Actor
) -> None:
    label(boss, project, "safe")
    back = labeling.undo(boss, project.slug)
    assert back is not None
    labeling.submit(
        boss, back.assignment, lease=back.lease, key="k2", submission=answers(back, "safe")
    )
    review.unseal(boss, project.slug, public_id())
    assert not sealed(boss, project)
    with pytest.raises(Conflict):
        labeling.undo(boss, project.slug)


def test_who_gives_an_item_up_sees_it_and_never_gets_it(project: ProjectView, boss: Actor) -> None:
    label(person(project, "p1"), project, "safe")
    review.unseal(boss, project.slug, public_id())
    assert not sealed(boss, project)
    assert labeling.claim(boss, project.slug) is None
    event = Event.objects.get(verb="item.shown")
    assert (event.actor, event.subject) == (boss.id, f"item:{Item.objects.get().pk}")


def test_who_has_an_item_in_hand_cannot_have_it_shown(project: ProjectView, boss: Actor) -> None:
    label(person(project, "p1"), project, "safe")
    assert labeling.claim(boss, project.slug) is not None
    assert sealed(boss, project)
    with pytest.raises(Conflict):
        review.unseal(boss, project.slug, public_id())


def test_an_answer_that_was_begun_before_the_item_was_shown_does_not_count(
    project: ProjectView, boss: Actor
) -> None:
    """The seat went back meanwhile: its last holder may answer late, but not with open eyes."""
    item = labeling.claim(boss, project.slug)
    assert item is not None
    expire(item)
    review.unseal(boss, project.slug, public_id())
    with pytest.raises(LeaseLost):
        labeling.submit(
            boss, item.assignment, lease=item.lease, key="late", submission=answers(item, "safe")
        )
    assert not Annotation.objects.exists()


def test_a_settled_item_is_open_to_leads_and_never_given_to_one_again(
    project: ProjectView, boss: Actor
) -> None:
    others = [person(project, f"p{number}") for number in range(3)]
    for who in others:
        label(who, project, "safe")
    assert not sealed(boss, project)
    assert labeling.undo(others[2], project.slug) is not None
    assert Item.objects.get().state == Item.State.IN_WORK
    seat = Assignment.objects.get(state=Assignment.State.LEASED)
    labeling.release(others[2], seat.public_id, lease=seat.lease)
    assert labeling.claim(boss, project.slug) is None
    assert labeling.claim(person(project, "p9"), project.slug) is not None


def test_who_held_a_dispute_never_labels_its_item() -> None:
    project = a_project(items=1, options={"max_votes": 3})
    others = [person(project, f"p{number}") for number in range(3)]
    for who, safety in zip(others, ("safe", "unsafe", "needs_caution"), strict=True):
        label(who, project, safety, *["violence"][: safety == "unsafe"])
    judge = person(project, "judge", "adjudicator")
    dispute = labeling.claim(judge, project.slug, ADJUDICATE)
    assert dispute is not None
    labeling.release(judge, dispute.assignment, lease=dispute.lease)
    assert Shown.objects.filter(person=judge.id).exists()
    asks = Assignment.objects.filter(kind="label").values_list("asks", flat=True)[0]
    item = Item.objects.get().pk
    open_seats([NewSeat(project.id, item, number=9, reason="reannotation", round=2, asks=asks)])
    Item.objects.update(disclosed=False)  # it is the dispute alone that tells
    assert labeling.claim(judge, project.slug) is None
    assert labeling.claim(person(project, "p9"), project.slug) is not None


def test_who_read_everything_labels_only_what_comes_after(
    project: ProjectView, boss: Actor
) -> None:
    """Off and on again, or an auditor who becomes an annotator: no way around the seal."""
    audit = person(project, "audit", "auditor")
    Membership.objects.filter(person=audit.id).update(labels_after=None)
    label(person(project, "p1"), project, "safe")
    for labels in (False, True):
        people.change_labeling(boss, project.slug, "boss", labels=labels)
    people.change_role(boss, project.slug, "audit", "annotator")
    last = Item.objects.get().pk
    assert set(
        Membership.objects.filter(person__in=[boss.id, audit.id]).values_list(
            "labels_after", flat=True
        )
    ) == {last}
    for who in (boss, audit):
        assert labeling.claim(who, project.slug) is None
    assert not sealed(boss, project)
    assert labeling.claim(person(project, "p2"), project.slug) is not None


def test_a_seat_from_before_one_read_everything_takes_no_answer(
    project: ProjectView, boss: Actor
) -> None:
    item = labeling.claim(boss, project.slug)
    assert item is not None
    label(person(project, "p1"), project, "unsafe", "violence")
    for labels in (False, True):
        people.change_labeling(boss, project.slug, "boss", labels=labels)
    with pytest.raises(NotFound):
        labeling.submit(
            boss, item.assignment, lease=item.lease, key="late", submission=answers(item, "safe")
        )


def test_reading_writes_nothing(project: ProjectView, boss: Actor) -> None:
    label(person(project, "p1"), project, "safe")
    before = Shown.objects.count(), Assignment.objects.count(), Event.objects.count()
    review.item_page(boss, project.slug, public_id())
    items.items_list(boss, project.slug)
    assert (Shown.objects.count(), Assignment.objects.count(), Event.objects.count()) == before
