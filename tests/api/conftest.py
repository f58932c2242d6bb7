"""A project with items, the cast, and a way to call the API as each of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoDbBlocker, Settings

from annotator.catalog.queries import ProjectView, project_by_slug
from annotator.flow.intake import import_items
from annotator.flow.projects import apply
from tests.cast import Cast, Player, make_cast
from tests.standing import standing

SLUG = "p1"
ELSEWHERE = "p2"
ITEMS = 3


def document(slug: str, **options: object) -> dict[str, object]:
    """Return a project file: prompts and responses, two votes each, one juror."""
    return {
        "contract": 1,
        "project": {
            "slug": slug,
            "name": f"Project {slug}",
            "taxonomy": "aegis2@2.0",
            "targets": ["prompt", "response"],
            "questions": ["safety"],
            "overlap": 2,
            "lease_seconds": 900,
            **options,
        },
        "policy": {"name": "majority", "options": {"max_votes": 3, "min_share": 0.6}},
        "juror": [{"name": "juror-one", "base_url": "http://127.0.0.1:9/v1", "model": "m1"}],
    }


def make_project(slug: str, folder: Path, **options: object) -> ProjectView:
    """Apply a project file and import mild items."""
    apply(document(slug, **options))
    project = project_by_slug(slug)
    file = folder / f"{slug}.jsonl"
    rows = [
        {"id": f"{slug}-{n}", "prompt": f"How is bread number {n} baked?", "response": "Slowly."}
        for n in range(ITEMS)
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    import_items(file, project=project)
    return project


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: status, parsed body, headers."""

    status: int
    body: Any
    headers: dict[str, str]
    raw: bytes


class Api:
    """The API as one person calls it, by token."""

    def __init__(self, token: str | None = None) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> Reply:
        """Send JSON to an address below /api/v1."""
        if "data" not in options and body is not None:
            options |= {"data": json.dumps(body), "content_type": "application/json"}
        response = self.client.generic(
            method, f"/api/v1{path}", headers={**self.headers, **(headers or {})}, **options
        )
        raw = response.getvalue()
        is_json = "json" in response.headers.get("Content-Type", "")
        parsed = json.loads(raw) if raw and is_json else None
        return Reply(response.status_code, parsed, dict(response.headers), raw)

    def lease(self, kind: str = "label", slug: str = SLUG) -> Any:
        """Lease an item and return it; it must be there."""
        reply = self.call("POST", f"/projects/{slug}/lease", {"kind": kind})
        assert reply.status == 200, reply
        return reply.body

    def submit(self, leased: Any, value: str = "safe", *, key: str = "", **extra: Any) -> Reply:
        """Answer everything a lease asks with one value."""
        return self.call(
            "POST",
            f"/assignments/{leased['assignment']}/submit",
            answers(leased, value) | extra,
            headers={"Idempotency-Key": key or leased["lease"][:40]},
        )


def answers(leased: Any, value: str = "safe") -> dict[str, Any]:
    """Return a body that answers everything a lease asks."""
    verdict: dict[str, Any] = {"safety": value}
    if value == "unsafe":
        verdict["categories"] = ["violence"]
    return {
        "lease": leased["lease"],
        "verdicts": dict.fromkeys(leased["item"]["targets"], verdict),
        "comment": "",
        "seconds": 4.5,
    }


@pytest.fixture(autouse=True)
def static_root(settings: Settings) -> None:
    """The folder of collected static files, which the server warns about when it is absent."""
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)


@pytest.fixture(scope="package")
def standing_project(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ProjectView]:
    """The project that all tests of the API share; those that commit are in tests/release."""
    folder = tmp_path_factory.mktemp("project")
    yield from standing(lambda: make_project(SLUG, folder), django_db_blocker)


@pytest.fixture(scope="package")
def standing_cast(
    standing_project: ProjectView,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Cast]:
    """Everybody, for all tests of the API."""
    folder = tmp_path_factory.mktemp("cast")
    yield from standing(lambda: everybody(standing_project, folder), django_db_blocker)


def everybody(project: ProjectView, folder: Path) -> Cast:
    """Make the cast; the outsider manages another project."""
    return make_cast(project.id, make_project(ELSEWHERE, folder).id)


@pytest.fixture
def project(standing_project: ProjectView, db: None) -> ProjectView:
    """The project that all of this is about."""
    return standing_project


@pytest.fixture
def cast(standing_cast: Cast, db: None) -> Cast:
    """Everybody."""
    return standing_cast


@pytest.fixture
def as_(cast: Cast) -> Callable[[str], Api]:
    """The API as one of the cast, by the name of their part."""

    def api(name: str) -> Api:
        player: Player = getattr(cast, name)
        return Api(player.token)

    return api


@pytest.fixture
def nobody(db: None) -> Api:
    """The API without sign-in."""
    return Api()
