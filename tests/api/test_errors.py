"""Whatever goes wrong comes in one shape, and nothing half-read is stored."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_django import Settings

from annotator.accounts import services as accounts
from annotator.core import dbtime
from tests.api.conftest import Api
from tests.cast import Cast

AsPart = Callable[[str], Api]
SHAPE = {"code", "message", "fields", "request_id"}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("POST", "/nowhere/at/all", 404, "not_found"),
        ("GET", "/projects/p1/lease/", 404, "not_found"),
        ("GET", "/projects/a%00b/lease", 404, "not_found"),
        ("GET", "/projects/p1/releases/99999999999999999999", 404, "not_found"),
        ("GET", "/projects/p1/units/a:b:c", 404, "not_found"),
        ("PATCH", "/projects/p1/lease", 405, "method_not_allowed"),
        ("OPTIONS", "/projects/p1/units", 405, "method_not_allowed"),
        ("DELETE", "/projects/p1/progress", 405, "method_not_allowed"),
    ],
)
def test_unknown_addresses_and_methods(
    as_: AsPart, method: str, path: str, status: int, code: str
) -> None:
    reply = as_("manager").call(method, path)
    assert (reply.status, reply.body["code"]) == (status, code)
    assert set(reply.body) == SHAPE
    assert reply.body["request_id"] == reply.headers["X-Request-Id"]


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"\xff\xfe",
        b'{"kind": NaN}',
        b'{"kind": 1e999}',
        b'{"kind": "label", "kind": "adjudicate"}',
        b'{"kind": "a\\u0000b"}',
        b'{"kind": "\\ud800"}',
        b'{"kind": ' + b"[" * 40 + b"]" * 40 + b"}",
        b"[" * 100_000,
        b'{"kind": ' + b"1" * 5_000 + b"}",
        b"[]",
        b'"label"',
    ],
)
def test_bodies_that_are_not_strict_json(as_: AsPart, raw: bytes) -> None:
    reply = as_("ann1").call(
        "POST", "/projects/p1/lease", data=raw, content_type="application/json"
    )
    assert (reply.status, reply.body["code"]) == (400, "invalid"), reply.body
    assert set(reply.body) == SHAPE


def test_another_media_type_is_invalid(as_: AsPart) -> None:
    reply = as_("ann1").call(
        "POST", "/projects/p1/lease", data="kind=label", content_type="text/plain"
    )
    assert (reply.status, reply.body["code"]) == (400, "invalid")


def test_a_body_that_is_too_large_is_413(as_: AsPart, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    reply = as_("ann1").call("POST", "/projects/p1/lease", {"kind": "x" * 2000})
    assert (reply.status, reply.body["code"]) == (413, "too_large")


def test_unknown_keys_are_named(as_: AsPart) -> None:
    reply = as_("ann1").call("POST", "/projects/p1/lease", {"kind": "label", "project": 2})
    assert (reply.status, list(reply.body["fields"])) == (400, ["project"])


@pytest.mark.parametrize(
    "query",
    [
        "created_by__password__startswith=pbkdf2",
        "ordering=user__password",
        "ids=1,2",
        "search=(a%2B)%2B$",
        "expand=opinions",
        "include=votes",
        "state=safe",
        "state=open&state=settled",
        "state=open%00",
        "limit=501",
        "limit=0",
        "limit=1000000000",
        "limit=%C2%B2",
        "cursor=%27%22",
        "cursor=" + "A" * 5000,
    ],
)
def test_unknown_parameters_and_values_are_refused(as_: AsPart, query: str) -> None:
    reply = as_("manager").call("GET", f"/projects/p1/units?{query}")
    assert (reply.status, reply.body["code"]) == (400, "invalid")
    assert reply.body["fields"]


@pytest.mark.parametrize(
    "header", ["Bearer nonsense", "Bearer", "Basic YTpi", "Token x", "Bearer \xe9"]
)
def test_a_wrong_token_is_401_with_a_challenge(nobody: Api, header: str) -> None:
    reply = nobody.call("GET", "/projects/p1/lease", headers={"Authorization": header})
    assert (reply.status, reply.body["code"]) == (401, "not_authenticated")
    assert reply.headers["WWW-Authenticate"] == "Bearer"


def test_without_sign_in_everything_is_401(nobody: Api) -> None:
    for path in ("/projects/p1/lease", "/schema", "/jobs/x"):
        assert nobody.call("GET", path).status == 401


def test_a_browsers_accept_header_still_gets_json(as_: AsPart) -> None:
    reply = as_("manager").call("GET", "/projects/p1/progress", headers={"Accept": "text/html"})
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "application/json"


def test_a_token_that_has_ended_is_401(cast: Cast) -> None:
    _, token = accounts.issue_token(person_id=cast.ann1.id, name="past", expires=dbtime.now())
    assert Api(token).call("GET", "/projects/p1/lease").status == 401
