"""Signing in and out, the account, people and the first steps."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from annotator.accounts import services as accounts
from annotator.accounts.models import Person
from annotator.audit.models import Event
from annotator.catalog.models import Membership
from annotator.labeling.models import Assignment
from tests.cast import PASSWORD
from tests.web.house import House


def test_sign_in_rotates_the_session(house: House) -> None:
    client = Client()
    client.get("/login")
    reply = client.post("/login", {"username": "ann1", "password": PASSWORD})
    assert (reply.status_code, reply.headers["Location"]) == (303, "/")
    assert client.get("/").status_code == 200


def test_wrong_names_and_wrong_passwords_look_the_same(house: House) -> None:
    bodies = []
    for username in ("ann1", "nobody"):
        reply = Client().post("/login", {"username": username, "password": "wrong" * 4})
        assert reply.status_code == 400
        html = reply.content.decode().replace(username, "")
        html = html.replace(reply.headers["X-Request-Id"], "")
        bodies.append(re.sub(r'(csrfmiddlewaretoken" value=")[^"]*', r"\1", html))
    assert bodies[0] == bodies[1]


@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https:evil", "http://e"])
def test_next_leads_nowhere_else(house: House, target: str) -> None:
    form = {"username": "ann1", "password": PASSWORD, "next": target}
    assert Client().post("/login", form).headers["Location"] == "/"


def test_a_link_works_once_and_only_by_its_button(house: House) -> None:
    secret = accounts.issue_link(person_id=house.cast.ann1.id, purpose="login")
    client = Client()
    events = Event.objects.count()
    for _ in range(2):
        assert client.get(f"/enter/{secret}").status_code == 200
    assert Event.objects.count() == events
    assert client.post(f"/enter/{secret}").headers["Location"] == "/"
    assert client.get("/account").status_code == 200
    assert Client().post(f"/enter/{secret}").status_code == 404


def test_signing_out_ends_the_session(house: House) -> None:
    client = house.client("ann1")
    client.post("/logout")
    assert client.get("/account").status_code == 302


def test_a_new_password_ends_other_sessions(house: House) -> None:
    here, there = house.client("ann1"), house.elsewhere("ann1")
    form = {"old": PASSWORD, "new": "a mild new porridge", "again": "a mild new porridge"}
    assert here.post("/account/password", form | {"old": "wrong"}).status_code == 400
    assert here.post("/account/password", form).status_code == 303
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 302


def test_a_given_password_is_for_once(house: House) -> None:
    Person.objects.filter(pk=house.cast.ann1.id).update(must_change_password=True)
    reply = house.client("ann1").get("/projects/p1/label")
    assert reply.headers["Location"] == "/account/password"


def test_preferences_shape_the_page(house: House) -> None:
    client = house.client("ann1")
    client.post("/account/preferences", {"theme": "dark", "reading": "20"})
    html = client.get("/account").content.decode()
    assert 'data-theme="dark"' in html
    assert 'data-reading="20"' in html
    assert 'data-keys="off"' in html
    assert client.post("/account/preferences", {"theme": "</script>"}).status_code == 400


def test_a_token_is_shown_once(house: House) -> None:
    client = house.client("ann1")
    html = client.post("/account/tokens", {"name": "notebook"}).content.decode()
    assert "ck_" in html
    assert "ck_" not in client.get("/account").content.decode()


def test_a_manager_invites_changes_and_takes_out(house: House) -> None:
    client = house.client("manager")
    base = "/projects/p1/people"
    html = client.post(f"{base}/invite", {"username": "new", "role": "annotator"}).content.decode()
    assert "/enter/" in html
    assert "/enter/" not in client.get(base).content.decode()
    assert client.post(f"{base}/invite", {"username": "new", "role": "auditor"}).status_code == 409
    assert client.post(f"{base}/invite", {"username": "a b", "role": "auditor"}).status_code == 400
    member = Membership.objects.get(person__username="new")
    client.post(f"{base}/{member.pseudonym}/role", {"role": "adjudicator"})
    member.refresh_from_db()
    assert member.role == "adjudicator"


def test_taking_out_returns_what_is_held(house: House) -> None:
    house.client("ann1").post("/projects/p1/label/claim")
    member = Membership.objects.get(person=house.cast.ann1.id)
    house.client("manager").post(f"/projects/p1/people/{member.pseudonym}/deactivate")
    assert not Assignment.objects.filter(person=house.cast.ann1.id).exists()
    assert house.client("ann1").get("/projects/p1/label").status_code == 404
    house.client("manager").post(f"/projects/p1/people/{member.pseudonym}/reactivate")
    assert house.client("ann1").get("/projects/p1/label").status_code == 200


def test_nobody_changes_their_own_role(house: House) -> None:
    own = Membership.objects.get(person=house.cast.manager.id)
    path = f"/projects/p1/people/{own.pseudonym}/deactivate"
    assert house.client("manager").post(path).status_code == 409


def test_the_five_states_add_up(house: House) -> None:
    html = house.client("manager").get("/projects/p1").content.decode()
    found = re.search(r'<ol class="funnel">(.*?)</ol>', html, re.DOTALL)
    assert found
    *states, total = [int(n) for n in re.findall(r'<b class="num">(\d+)</b>', found[1])]
    assert len(states) == 5
    assert sum(states) == total == 5


def test_the_first_steps_tick_and_go_away(house: House) -> None:
    house.becomes_the_sample()
    client = house.client("manager")
    assert "1 of 6 done" in client.get("/projects/p1").content.decode()
    reply = client.post("/projects/p1/first-steps", {"step": "item"})
    assert "/projects/p1/items/" in reply.headers["Location"]
    assert "2 of 6 done" in client.get("/projects/p1").content.decode()
    assert client.post("/projects/p1/first-steps", {"step": "odd"}).status_code == 400
    client.post("/projects/p1/first-steps/dismiss")
    assert "first five minutes" not in client.get("/projects/p1").content.decode()
