"""Items that nobody new can take are found, told, and can be sent to a lead."""

from __future__ import annotations

import pytest
from django.test import Client

from annotator.accounts.models import Person
from annotator.accounts.queries import Actor
from annotator.audit.models import Event
from annotator.catalog.models import Membership
from annotator.catalog.queries import ProjectView
from annotator.core.errors import Conflict
from annotator.flow import labeling, people, review
from annotator.flow.labeling import ADJUDICATE, Submission
from annotator.flow.waiting import Waiting, send_to_lead, waiting
from annotator.intake.models import Item
from annotator.labeling.models import Assignment
from annotator.quality.models import Ruling
from tests.flow.hands import a_project, expire, label, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> ProjectView:
    return a_project(items=2)


@pytest.fixture
def boss(project: ProjectView) -> Actor:
    made = person(project, "boss", "manager")
    Membership.objects.filter(person=made.id).update(labels_after=None)
    return made


def to_label(boss: Actor, project: ProjectView) -> list[str]:
    return sorted(item.external_id for item in waiting(boss, project.slug).to_label)


def test_an_overlap_larger_than_the_team_is_told(project: ProjectView, boss: Actor) -> None:
    team = [person(project, f"p{n}") for n in (1, 2)]
    assert to_label(boss, project) == []
    first = label(team[0], project, "safe")
    assert to_label(boss, project) == []
    other = label(team[1], project, "safe")
    while other != first:
        other = label(team[1], project, "safe")
    assert to_label(boss, project) == [first]
    person(project, "p3")
    assert to_label(boss, project) == []


def test_an_item_says_how_it_begins(project: ProjectView, boss: Actor) -> None:
    found = waiting(boss, project.slug, texts=True).to_label
    assert [item.excerpt for item in found] == ["Question 0?", "Question 1?"]
    assert {item.excerpt for item in waiting(boss, project.slug).to_label} == {""}


def test_who_can_take_nothing_does_not_count(project: ProjectView, boss: Actor) -> None:
    """Ended members, simulated and imported people, leads who read it all or were shown it."""
    done = person(project, "p1")
    taken = {label(done, project, "safe") for _ in range(2)}
    for name in ("gone", "robot", "rater"):
        person(project, name)
    Membership.objects.filter(person__username="gone").update(active=False)
    Person.objects.filter(username="robot").update(is_simulated=True)
    Person.objects.filter(username="rater").update(imported_for=project.slug)
    assert to_label(boss, project) == sorted(taken)
    people.change_labeling(boss, project.slug, "boss", labels=True)  # behind all there is
    assert to_label(boss, project) == sorted(taken)
    Membership.objects.filter(person=boss.id).update(labels_after=0)
    assert to_label(boss, project) == []
    item = Item.objects.order_by("pk")[0]
    review.unseal(boss, project.slug, item.public_id)
    assert to_label(boss, project) == [item.external_id]
    Item.objects.update(disclosed=True)
    assert to_label(boss, project) == sorted(taken)


def test_nobody_at_all_is_told_too(project: ProjectView, boss: Actor) -> None:
    found = waiting(boss, project.slug)
    assert (len(found.to_label), found.labelers) == (2, 0)


def test_a_seat_in_somebodys_hands_is_not_stuck(boss: Actor, project: ProjectView) -> None:
    only = person(project, "p1")
    item = labeling.claim(only, project.slug)
    assert item is not None
    Assignment.objects.filter(state=Assignment.State.OPEN).update(state="cancelled")
    assert to_label(boss, project) == []
    expire(item)
    assert to_label(boss, project) == []


def test_what_waits_is_sent_to_a_lead_who_settles_it(project: ProjectView, boss: Actor) -> None:
    only = person(project, "p1")
    for _ in range(2):
        label(only, project, "safe")
    chosen = Item.objects.order_by("pk")[0]
    assert send_to_lead(boss, project.slug, [chosen.public_id]) == 1
    assert to_label(boss, project) == [Item.objects.order_by("pk")[1].external_id]
    with pytest.raises(Conflict):
        send_to_lead(boss, project.slug, [chosen.public_id])
    event = Event.objects.get(verb="item.sent_to_lead")
    assert (event.subject, event.actor) == (f"item:{chosen.pk}", boss.id)
    dispute = labeling.claim(boss, project.slug, ADJUDICATE)
    assert dispute is not None
    assert dispute.public_id == chosen.public_id
    verdicts = {t.key: {"safety": "safe"} for t in dispute.targets if t.asked}
    assert set(verdicts) == {"prompt", "response"}
    labeling.submit(
        boss,
        dispute.assignment,
        lease=dispute.lease,
        key="k",
        submission=Submission(verdicts=verdicts, reason="guide_clear"),
    )
    chosen.refresh_from_db()
    assert chosen.state == Item.State.SETTLED
    assert set(Ruling.objects.values_list("source", flat=True)) == {"adjudicator"}
    assert not Assignment.objects.filter(item=chosen, state=Assignment.State.OPEN).exists()
    assert send_to_lead(boss, project.slug) == 1


def test_a_dispute_that_every_lead_has_labeled_is_told() -> None:
    project = a_project(items=1, options={"max_votes": 3})
    lead = person(project, "lead", "adjudicator")
    label(lead, project, "safe")
    for number, safety in enumerate(("unsafe", "needs_caution")):
        label(person(project, f"p{number}"), project, safety, *["violence"][: safety == "unsafe"])
    found = waiting(lead, project.slug)
    assert (found.to_label, len(found.to_decide), found.leads) == ((), 1, 1)
    person(project, "other", "manager")
    assert waiting(lead, project.slug).to_decide == ()


def test_a_lead_comes_to_it_by_clicks(project: ProjectView, boss: Actor) -> None:
    label(person(project, "p1"), project, "safe")
    browser = Client()
    browser.force_login(Person.objects.get(pk=boss.id))
    base = f"/projects/{project.slug}"
    html = browser.get(base).content.decode()
    assert "1 item waits for a person who has not seen it" in html
    assert "The one person who labels has seen them" in html
    assert f'href="{base}/waiting"' in html
    page = browser.get(f"{base}/waiting").content.decode()
    assert "Send to a lead" in page
    reply = browser.post(f"{base}/waiting/send", follow=True)
    assert "1 item waits for a lead now." in reply.content.decode()
    assert "waits for a person" not in browser.get(base).content.decode()


def test_nothing_waits_where_nothing_is_stuck(project: ProjectView, boss: Actor) -> None:
    person(project, "p1")
    assert waiting(boss, project.slug) == Waiting((), (), labelers=1, leads=1, more=False)
