"""Who gets which page, and what every page carries."""

from __future__ import annotations

import re

from annotator.config.headers import CONTENT_SECURITY_POLICY
from tests.web.house import House

PARTS = ("", "ann1", "adjudicator", "manager", "outsider", "administrator")

# Statuses in the order of PARTS: a stranger signs in, an outsider finds nothing.
PAGES = {
    "/projects/p1": (302, 302, 200, 200, 404, 200),
    "/projects/p1/label": (302, 200, 200, 200, 404, 200),
    "/projects/p1/items": (302, 403, 200, 200, 404, 200),
    "/projects/p1/adjudicate": (302, 403, 200, 200, 404, 200),
    "/projects/p1/people": (302, 403, 403, 200, 404, 200),
    "/projects/p1/overview/agreement": (302, 403, 200, 200, 404, 200),
    "/projects/p1/waiting": (302, 403, 200, 200, 404, 200),
    "/account": (302, 200, 200, 200, 200, 200),
    "/account/password": (302, 200, 200, 200, 200, 200),
    "/projects/none": (302, 404, 404, 404, 404, 404),
}
POSTS = {
    "/projects/p1/label/claim": (302, 303, 303, 303, 404, 303),
    "/projects/p1/label/previous": (302, 303, 303, 303, 404, 303),
    "/projects/p1/label/none/submit": (302, 303, 303, 303, 404, 303),
    "/projects/p1/adjudicate/claim": (302, 403, 303, 303, 404, 303),
    "/projects/p1/adjudicate/previous": (302, 403, 303, 303, 404, 303),
    "/projects/p1/adjudicate/none/decide": (302, 403, 400, 400, 404, 400),
    "/projects/p1/people/invite": (302, 403, 403, 400, 404, 400),
    "/projects/p1/people/none/deactivate": (302, 403, 403, 404, 404, 404),
    "/projects/p1/people/none/labeling": (302, 403, 403, 404, 404, 404),
    "/projects/p1/people/none/close": (302, 403, 403, 404, 404, 404),
    "/projects/p1/people/none/reopen": (302, 403, 403, 404, 404, 404),
    "/projects/p1/items/none/unseal": (302, 403, 404, 404, 404, 404),
    "/projects/p1/waiting/send": (302, 403, 303, 303, 404, 303),
    "/projects/p1/first-steps/dismiss": (302, 403, 303, 303, 404, 303),
}


def test_each_role_gets_its_pages(house: House) -> None:
    for path, wanted in PAGES.items():
        got = tuple(house.client(part).get(path).status_code for part in PARTS)
        assert got == wanted, path


def test_each_role_may_do_its_part(house: House) -> None:
    for path, wanted in POSTS.items():
        got = tuple(house.client(part).post(path).status_code for part in PARTS)
        assert got == wanted, path


def test_an_item_is_for_leads(house: House) -> None:
    path = f"/projects/p1/items/{house.public_id(house.disputed)}"
    got = tuple(house.client(part).get(path).status_code for part in PARTS)
    assert got == (302, 403, 200, 200, 404, 200)


def test_no_write_without_a_token_of_the_form(house: House) -> None:
    for path in (*POSTS, "/logout", "/login", "/account/preferences"):
        assert house.client("manager", csrf=True).post(path).status_code == 403, path


def test_no_write_by_get(house: House) -> None:
    for path in (*POSTS, "/logout", "/account/preferences"):
        assert house.client("manager").get(path).status_code == 405, path


def test_every_page_has_its_headers_and_no_inline_code(house: House) -> None:
    for path in (*PAGES, "/login", "/", "/enter/unknown"):
        reply = house.client("manager").get(path)
        assert reply.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY, path
        assert reply.headers["X-Content-Type-Options"] == "nosniff", path
        assert reply.headers["Cache-Control"] == "no-store", path
        html = reply.content.decode()
        assert not re.search(r"<style| style=| on[a-z]+=|javascript:", html), path


def test_the_sample_says_so_on_every_page(house: House) -> None:
    house.becomes_the_sample()
    for path in ("/projects/p1", "/projects/p1/label", "/projects/p1/items", "/projects/p1/people"):
        assert "Nothing here says anything about a real model" in (
            house.client("manager").get(path).content.decode()
        ), path


def test_absent_and_foreign_projects_look_the_same(house: House) -> None:
    outsider = house.client("outsider")
    replies = [outsider.get(f"/projects/{slug}/items") for slug in ("p1", "none")]
    bodies = []
    for reply in replies:
        assert reply.status_code == 404
        html = reply.content.decode().replace(reply.headers["X-Request-Id"], "")
        bodies.append(re.sub(r'(csrfmiddlewaretoken" value=")[^"]*', r"\1", html))
    assert bodies[0] == bodies[1]
