"""The OpenAPI document: for the signed in, complete, and without a warning."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator

from tests.api.conftest import Api

AsPart = Callable[[str], Api]

CALLS = {
    "/api/v1/session": {"post", "delete"},
    "/api/v1/tokens": {"post"},
    "/api/v1/tokens/{token}": {"delete"},
    "/api/v1/projects/{slug}/lease": {"get", "post"},
    "/api/v1/assignments/{assignment}/heartbeat": {"post"},
    "/api/v1/assignments/{assignment}/release": {"post"},
    "/api/v1/assignments/{assignment}/skip": {"post"},
    "/api/v1/assignments/{assignment}/draft": {"put"},
    "/api/v1/assignments/{assignment}/submit": {"post"},
    "/api/v1/projects/{slug}/progress": {"get"},
    "/api/v1/projects/{slug}/agreement": {"get"},
    "/api/v1/projects/{slug}/units": {"get"},
    "/api/v1/projects/{slug}/units/{unit}": {"get"},
    "/api/v1/projects/{slug}/whatif": {"post"},
    "/api/v1/projects/{slug}/policy": {"get"},
    "/api/v1/projects/{slug}/policy/apply": {"post"},
    "/api/v1/projects/{slug}/runs": {"get"},
    "/api/v1/projects/{slug}/runs/{run}/rollback": {"post"},
    "/api/v1/projects/{slug}/runs/{run}/resume": {"post"},
    "/api/v1/projects/{slug}/imports": {"post"},
    "/api/v1/projects/{slug}/jury": {"post"},
    "/api/v1/projects/{slug}/releases": {"post"},
    "/api/v1/projects/{slug}/releases/{number}": {"get"},
    "/api/v1/projects/{slug}/releases/{number}/export": {"get"},
    "/api/v1/projects/{slug}/set-asides": {"get", "post"},
    "/api/v1/projects/{slug}/set-asides/preview": {"post"},
    "/api/v1/projects/{slug}/set-asides/resume": {"post"},
    "/api/v1/projects/{slug}/set-asides/{aside}/lift": {"post"},
    "/api/v1/jobs/{job}": {"get"},
    "/api/v1/jobs/{job}/stop": {"post"},
}


def test_the_schema_needs_sign_in(nobody: Api) -> None:
    assert nobody.call("GET", "/schema").status == 401


def test_the_schema_names_every_call(as_: AsPart) -> None:
    reply = as_("ann1").call("GET", "/schema")
    assert reply.status == 200
    paths = {path: set(methods) for path, methods in reply.body["paths"].items()}
    assert paths == CALLS
    assert set(reply.body["components"]["securitySchemes"]) == {"token", "session"}


def test_the_schema_is_made_without_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    GENERATOR_STATS.reset()
    SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    assert not GENERATOR_STATS, capsys.readouterr().err
