from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from annotator.config.headers import RequestId, SecurityHeaders

GOLDEN = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
        "object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@pytest.mark.parametrize("status", [200, 302, 400, 403, 404, 500])
def test_every_answer_carries_the_headers(status: int) -> None:
    answer = SecurityHeaders(lambda request: HttpResponse(status=status))(RequestFactory().get("/"))

    assert {name: answer.headers[name] for name in GOLDEN} == GOLDEN


def test_a_static_file_keeps_its_own_caching() -> None:
    static = HttpResponse(headers={"Cache-Control": "max-age=315360000, public, immutable"})

    answer = SecurityHeaders(lambda request: static)(RequestFactory().get("/static/x.css"))

    assert answer.headers["Cache-Control"] == "max-age=315360000, public, immutable"


def test_a_client_cannot_choose_the_name_of_its_request() -> None:
    request = RequestFactory().get("/", headers={"request-id": "mine", "x-request-id": "mine"})

    answer = RequestId(lambda request: HttpResponse(request.META["REQUEST_ID"]))(request)

    assert answer.headers["X-Request-Id"] == answer.content.decode() != "mine"
