"""A freeze over HTTP, which commits: beside the project that the API's tests share there is no room."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from annotator.flow import jobs
from annotator.flow.releases import GATE_NAMES
from annotator.flow.tasks import WORK
from tests.api.conftest import SLUG, Api, everybody, make_project


@pytest.mark.django_db(transaction=True)  # a freeze reads from a connection of its own
def test_a_release_is_frozen_read_and_exported(tmp_path: Path) -> None:
    cast = everybody(make_project(SLUG, tmp_path), tmp_path)
    for player in (cast.ann1, cast.ann2):
        api = Api(player.token)
        for _ in range(3):
            api.submit(api.lease())
    api = Api(cast.manager.token)
    gates = dict.fromkeys(GATE_NAMES, "Only a trial of the machinery.")
    reply = api.call("POST", "/projects/p1/releases", {"overrides": gates})
    jobs.run_waiting(WORK)
    done = api.call("GET", f"/jobs/{reply.body['job']}").body
    assert done["state"] == "done", done
    manifest = api.call("GET", "/projects/p1/releases/1").body
    assert {"contract", "project", "release", "counts", "gates", "files"} <= set(manifest)
    export = api.call("GET", "/projects/p1/releases/1/export?format=csv&shape=units")
    assert export.status == 200
    digest = base64.b64encode(hashlib.sha256(export.raw).digest()).decode()
    assert export.headers["Digest"] == f"sha-256={digest}"
    assert export.headers["Content-Disposition"].startswith("attachment;")
    assert export.headers["X-Content-Type-Options"] == "nosniff"
    for query in ("format=exe", "format=csv&shape=round", "path=/etc/passwd"):
        assert api.call("GET", f"/projects/p1/releases/1/export?{query}").status == 400
