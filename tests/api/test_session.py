"""Signing in by password, CSRF, and tokens."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings

from annotator.accounts.models import ApiToken, Person, SignInAttempt
from tests.api.conftest import Api
from tests.cast import PASSWORD, Cast

AsPart = Callable[[str], Api]


def sign_in(api: Api, name: str = "ann1", password: str = PASSWORD, **options: Any) -> Any:
    return api.call("POST", "/session", {"username": name, "password": password}, **options)


def test_signing_in_sets_a_new_session_and_csrf(cast: Cast, nobody: Api) -> None:
    reply = sign_in(nobody)
    assert (reply.status, set(reply.body)) == (200, {"username", "csrf"})
    first = nobody.client.cookies[settings.SESSION_COOKIE_NAME].value
    assert nobody.client.cookies[settings.SESSION_COOKIE_NAME]["httponly"]
    csrf = sign_in(nobody).body["csrf"]
    second = nobody.client.cookies[settings.SESSION_COOKIE_NAME].value
    assert first != second
    leased = nobody.call(
        "POST", "/projects/p1/lease", {"kind": "label"}, headers={"X-CSRFToken": csrf}
    )
    assert leased.status == 200


def test_unsafe_calls_by_session_need_csrf(cast: Cast, nobody: Api) -> None:
    csrf = sign_in(nobody).body["csrf"]
    assert nobody.call("GET", "/projects/p1/lease").status == 204
    without = nobody.call("POST", "/projects/p1/lease", {"kind": "label"})
    assert (without.status, without.body["code"]) == (403, "not_allowed")
    foreign = {"X-CSRFToken": csrf, "Origin": "https://elsewhere.example"}
    assert (
        nobody.call("POST", "/projects/p1/lease", {"kind": "label"}, headers=foreign).status == 403
    )


def test_a_token_call_ignores_the_cookie(cast: Cast, nobody: Api) -> None:
    sign_in(nobody, "manager")
    as_token = nobody.call(
        "GET",
        "/projects/p1/progress",
        headers={"Authorization": f"Bearer {cast.ann1.token}"},
    )
    assert as_token.status == 403
    bad = nobody.call("GET", "/projects/p1/progress", headers={"Authorization": "Bearer bad"})
    assert bad.status == 401


def test_signing_out_ends_the_session_on_the_server(cast: Cast, nobody: Api) -> None:
    csrf = sign_in(nobody).body["csrf"]
    old = nobody.client.cookies[settings.SESSION_COOKIE_NAME].value
    assert nobody.call("DELETE", "/session").status == 403
    assert nobody.call("DELETE", "/session", headers={"X-CSRFToken": csrf}).status == 204
    nobody.client.cookies[settings.SESSION_COOKIE_NAME] = old
    assert nobody.call("GET", "/projects/p1/lease").status == 401


def test_known_and_unknown_names_get_the_same_answer(cast: Cast, nobody: Api) -> None:
    known = sign_in(nobody, password="wrong wrong wrong")
    unknown = sign_in(nobody, "nobody-here", "wrong wrong wrong")
    assert (known.status, unknown.status) == (400, 400)
    assert known.body | {"request_id": ""} == unknown.body | {"request_id": ""}


def test_too_many_tries_are_throttled(cast: Cast, nobody: Api) -> None:
    for _ in range(10):
        assert sign_in(nobody, password="wrong wrong wrong").status == 400
    reply = sign_in(nobody)
    assert (reply.status, reply.body["code"]) == (429, "throttled")
    assert int(reply.headers["Retry-After"]) > 0
    assert SignInAttempt.objects.count() == 20


def test_signing_in_from_another_site_is_refused(cast: Cast, nobody: Api) -> None:
    reply = sign_in(nobody, headers={"Origin": "https://elsewhere.example"})
    assert reply.status == HTTPStatus.FORBIDDEN
    assert sign_in(nobody, headers={"Origin": "http://testserver"}).status == HTTPStatus.OK


def test_a_deactivated_person_is_nobody(cast: Cast, nobody: Api) -> None:
    sign_in(nobody)
    Person.objects.filter(pk=cast.ann1.id).update(is_active=False)
    assert nobody.call("GET", "/projects/p1/lease").status == 401
    assert Api(cast.ann1.token).call("GET", "/projects/p1/lease").status == 401


def test_a_password_that_was_given_is_changed_first(cast: Cast, nobody: Api) -> None:
    Person.objects.filter(pk=cast.ann1.id).update(must_change_password=True)
    csrf = sign_in(nobody).body["csrf"]
    headers = {"X-CSRFToken": csrf}
    assert nobody.call("POST", "/tokens", {"name": "mine"}, headers=headers).status == 403
    assert nobody.call("DELETE", "/session", headers=headers).status == 204


def test_a_token_is_shown_once_and_revoked_by_its_owner(as_: AsPart, cast: Cast) -> None:
    issued = as_("ann1").call("POST", "/tokens", {"name": "script"})
    assert (issued.status, set(issued.body)) == (201, {"id", "token"})
    token = Api(issued.body["token"])
    assert token.call("GET", "/projects/p1/lease").status == 204
    assert not ApiToken.objects.filter(digest=issued.body["token"]).exists()
    path = f"/tokens/{issued.body['id']}"
    assert as_("ann2").call("DELETE", path).status == 404
    assert as_("ann1").call("DELETE", path).status == 204
    assert token.call("GET", "/projects/p1/lease").status == 401


def test_a_limited_token_does_only_that(as_: AsPart) -> None:
    issued = as_("manager").call("POST", "/tokens", {"name": "reader", "scopes": ["read"]})
    reader = Api(issued.body["token"])
    assert reader.call("GET", "/projects/p1/progress").status == 200
    assert reader.call("POST", "/projects/p1/lease", {"kind": "label"}).status == 403
    assert reader.call("POST", "/projects/p1/jury", {"action": "pause"}).status == 403
    assert reader.call("POST", "/tokens", {"name": "wider"}).status == 403


def test_wrong_tokens_are_refused(as_: AsPart) -> None:
    cases: list[tuple[dict[str, object], str]] = [
        ({"name": ""}, "name"),
        ({"name": "x", "scopes": ["all"]}, "scopes"),
        ({"name": "x", "expires": "2001-01-01T00:00:00Z"}, "expires"),
        ({"name": "x", "person": 1}, "person"),
        ({"name": 5}, "name"),
    ]
    for body, field in cases:
        reply = as_("ann1").call("POST", "/tokens", body)
        assert (reply.status, list(reply.body["fields"])) == (400, [field])
