"""Z07: a role, a membership or an account that ends lets go of everything at once."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.test import Client

from annotator.accounts import services as accounts
from annotator.accounts.models import ApiToken, Person
from annotator.accounts.queries import Actor, actor
from annotator.audit.models import Event
from annotator.catalog.models import Membership
from annotator.catalog.queries import ProjectView
from annotator.core.errors import Conflict, NotAllowed, NotFound
from annotator.flow import labeling, people
from annotator.flow.account import change_password
from annotator.flow.closing import close_account, reopen_account
from annotator.flow.labeling import ADJUDICATE, BlindItem
from annotator.flow.projects import NewMember, add_people
from annotator.intake.models import Item
from annotator.labeling.models import Annotation, Assignment, Draft
from tests.flow.hands import a_project, answers, label, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> ProjectView:
    return a_project(items=1)


@pytest.fixture
def boss(project: ProjectView) -> Actor:
    return person(project, "boss", "manager")


@pytest.fixture
def root(db: None) -> Actor:
    return actor(accounts.create_person(username="root", administrator=True))


def in_hand(who: Actor, project: ProjectView, kind: str = "label") -> BlindItem:
    item = labeling.claim(who, project.slug, kind)
    assert item is not None
    labeling.save_draft(
        who, item.assignment, lease=item.lease, version=0, body={"comment": "so far"}
    )
    return item


def held(who: Actor) -> int:
    return Assignment.objects.filter(person=who.id, state=Assignment.State.LEASED).count()


def refused(who: Actor, item: BlindItem) -> None:
    """Nothing is taken of a person any more; their draft stays."""
    with pytest.raises(NotFound):
        labeling.submit(
            who, item.assignment, lease=item.lease, key="late", submission=answers(item, "safe")
        )
    assert not Annotation.objects.filter(person=who.id).exists()
    assert Draft.objects.get(person_id=who.id).body == {"comment": "so far"}


def test_a_role_that_labels_no_more_gives_back(project: ProjectView, boss: Actor) -> None:
    who = person(project, "p1")
    item = in_hand(who, project)
    people.change_role(boss, project.slug, "p1", "auditor")
    assert held(who) == 0
    refused(who, item)


def test_a_role_given_by_a_file_gives_back_too(project: ProjectView) -> None:
    who = person(project, "p1")
    item = in_hand(who, project)
    add_people([NewMember("p1", "auditor", line=1)], project=project)
    assert held(who) == 0
    refused(who, item)


def test_a_lead_who_becomes_an_annotator_gives_disputes_back(boss: Actor) -> None:
    project = a_project(items=1, options={"max_votes": 3})
    head = person(project, "head", "manager")
    for number, safety in enumerate(("safe", "unsafe", "needs_caution")):
        label(person(project, f"p{number}"), project, safety, *["violence"][: safety == "unsafe"])
    judge = person(project, "judge", "adjudicator")
    item = in_hand(judge, project, ADJUDICATE)
    people.change_role(head, project.slug, "judge", "annotator")
    assert held(judge) == 0
    refused(judge, item)


def test_a_role_that_may_go_on_keeps_what_it_holds(boss: Actor) -> None:
    project = a_project(items=1, options={"max_votes": 3})
    head = person(project, "head", "manager")
    for number, safety in enumerate(("safe", "unsafe", "needs_caution")):
        label(person(project, f"p{number}"), project, safety, *["violence"][: safety == "unsafe"])
    judge = person(project, "judge", "adjudicator")
    in_hand(judge, project, ADJUDICATE)
    people.change_role(head, project.slug, "judge", "manager")
    assert held(judge) == 1


@pytest.mark.parametrize("ending", ["membership", "account"])
def test_a_returned_seat_that_nobody_needs_is_not_given_to_the_next(
    project: ProjectView, boss: Actor, root: Actor, ending: str
) -> None:
    """The item settled by other votes while the seat was held; nothing moved it on afterwards."""
    slow, *others = (person(project, name) for name in ("slow", "p1", "p2", "p3"))
    item = in_hand(slow, project)
    seat = Assignment.objects.get(public_id=item.assignment)
    spare = Assignment.objects.filter(item=seat.item_id, state="open")[0]
    spare.pk, spare.public_id, spare.number = None, "spare", 9
    spare.save(force_insert=True)
    for other in others:
        label(other, project, "safe")
    assert Item.objects.get().state == Item.State.SETTLED
    assert held(slow) == 1
    if ending == "membership":
        people.deactivate(boss, project.slug, "slow")
    else:
        assert close_account("slow", by=root).seats == 1
    assert Assignment.objects.get(public_id=item.assignment).state == Assignment.State.CANCELLED
    assert labeling.claim(person(project, "late"), project.slug) is None


def test_a_closed_account_is_out_at_once_everywhere(project: ProjectView, root: Actor) -> None:
    who = person(project, "p1")
    accounts.set_password(person_id=who.id, password="mild porridge at dawn")
    _, token = accounts.issue_token(person_id=who.id, name="notebook")
    invited = accounts.issue_link(person_id=who.id, purpose="login")
    browser = Client()
    browser.force_login(Person.objects.get(pk=who.id))
    item = in_hand(who, project)
    closed = close_account("p1", by=root)
    assert (closed.tokens, closed.seats, held(who)) == (1, 1, 0)
    page = browser.get(f"/projects/{project.slug}/label")
    assert (page.status_code, page.headers["Location"].partition("?")[0]) == (302, "/login")
    bearer = {"headers": {"Authorization": f"Bearer {token}"}}
    lease = f"/api/v1/projects/{project.slug}/lease"
    assert Client().get(lease, **bearer).status_code == 401  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        accounts.use_link(token=invited)
    assert labeling.claim(person(project, "p2"), project.slug) is not None
    assert Draft.objects.get(assignment__public_id=item.assignment).body == {"comment": "so far"}
    event = Event.objects.get(verb="person.closed")
    assert (event.subject, event.actor) == (f"person:{who.id}", root.id)
    assert reopen_account("p1", by=root).rpartition("/")[0].endswith("/enter")
    assert browser.get(f"/projects/{project.slug}/label").status_code == 302
    assert Client().get(lease, **bearer).status_code == 401  # type: ignore[arg-type]


def test_accounts_are_for_administrators_and_one_of_them_stays(
    project: ProjectView, boss: Actor, root: Actor
) -> None:
    person(project, "p1")
    with pytest.raises(NotAllowed):
        close_account("p1", by=boss)
    with pytest.raises(NotAllowed):
        reopen_account("p1", by=boss)
    with pytest.raises(Conflict):
        close_account("root", by=root)
    with pytest.raises(Conflict):
        close_account("root")
    with pytest.raises(NotFound):
        close_account("nobody")
    assert set(Person.objects.values_list("is_active", flat=True)) == {True}


def test_the_command_closes_and_opens(
    project: ProjectView, capsys: pytest.CaptureFixture[str]
) -> None:
    in_hand(person(project, "p1"), project)
    call_command("close_account", "p1")
    assert "Items returned: 1." in capsys.readouterr().out
    call_command("close_account", "p1", "--reopen")
    assert "/enter/" in capsys.readouterr().out
    assert Person.objects.get(username="p1").is_active


def test_an_administrator_closes_an_account_by_clicks(
    project: ProjectView, boss: Actor, root: Actor
) -> None:
    who = person(project, "p1")
    page = f"/projects/{project.slug}/people"
    lead, admin = Client(), Client()
    lead.force_login(Person.objects.get(pk=boss.id))
    admin.force_login(Person.objects.get(pk=root.id))
    assert "Close account" not in lead.get(page).content.decode()
    assert lead.post(f"{page}/p1/close").status_code == 403
    assert "Close account" in admin.get(page).content.decode()
    assert admin.post(f"{page}/p1/close").status_code == 303
    assert not Person.objects.get(pk=who.id).is_active
    assert "account closed" in lead.get(page).content.decode()
    assert "/enter/" in admin.post(f"{page}/p1/reopen").content.decode()
    assert Membership.objects.get(person=who.id).active
    assert Person.objects.get(pk=who.id).is_active


def test_a_new_password_ends_the_tokens_that_the_old_one_made(project: ProjectView) -> None:
    who = person(project, "p1")
    accounts.issue_token(person_id=who.id, name="before any password")
    change_password(who, old="", new="mild porridge at dawn", address="here")
    assert ApiToken.objects.filter(person=who.id).count() == 1
    change_password(who, old="mild porridge at dawn", new="mild porridge at noon", address="here")
    assert not ApiToken.objects.filter(person=who.id).exists()
