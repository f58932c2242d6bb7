"""Health: what answers and what does not, without sign-in."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from annotator.core import dbtime
from annotator.flow import health
from annotator.flow.models import Beat


def test_healthz_asks_nothing_but_the_process() -> None:
    reply = Client().get("/healthz")
    assert reply.status_code == 200
    assert reply.json() == {"status": "ok", "version": health.VERSION, "contract": 1}


def test_the_version_is_the_projects() -> None:
    project = Path(__file__).parents[2] / "pyproject.toml"
    assert tomllib.loads(project.read_text())["project"]["version"] == health.VERSION


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("age", "status", "worker"), [(None, 503, "down"), (1, 200, "ok"), (60, 503, "down")]
)
def test_readyz_goes_by_the_sweeps_age(age: int | None, status: int, worker: str) -> None:
    if age is not None:
        Beat.objects.create(name="sweep", at=dbtime.now() - timedelta(seconds=age))
    reply = Client().get("/readyz")
    body = reply.json()
    assert (reply.status_code, body["worker"]) == (status, worker)
    assert (body["database"], body["broker"]) == ("ok", "ok")
    assert ("Retry-After" in reply.headers) == (status == 503)
    assert (body["sweep_age_seconds"] is None) == (age is None)


@pytest.mark.django_db
def test_readyz_tells_of_a_broker_that_is_away(settings: Settings) -> None:
    settings.BROKER_SHARED = True
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:9/0"
    reply = Client().get("/readyz")
    assert (reply.status_code, reply.json()["broker"]) == (503, "down")


@pytest.mark.django_db
def test_metrics_need_their_token(settings: Settings) -> None:
    assert Client().get("/metrics").status_code == 404
    settings.METRICS_TOKEN = "a token for machines"  # noqa: S105 - of no machine
    assert Client().get("/metrics").status_code == 404
    wrong = Client().get("/metrics", headers={"Authorization": "Bearer no"})
    assert wrong.status_code == 404
    Beat.objects.create(name="sweep", at=dbtime.now())
    right = Client().get("/metrics", headers={"Authorization": "Bearer a token for machines"})
    assert right.status_code == 200
    assert "concord_sweep_age_seconds 0" in right.content.decode()
