"""Imports, the jury, releases: long work is a job; files in are bounded, files out are digested."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from pytest_django import Settings

from annotator.flow import jobs
from annotator.flow.models import Job
from annotator.flow.tasks import WORK
from annotator.panel.models import Inquiry, Juror
from tests.api.conftest import Api, Reply

AsPart = Callable[[str], Api]

ROWS = b'{"id": "new-1", "prompt": "How long does tea steep?", "response": "Four minutes."}\n'


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Path:
    """A data folder of this test's own."""
    settings.CONCORD_HOME = tmp_path / "home"
    return tmp_path / "home"


def upload(api: Api, name: str = "items.jsonl", content: bytes = ROWS, **form: Any) -> Reply:
    """Send a file."""
    fields = {"file": SimpleUploadedFile(name, content), **form}
    return api.call(
        "POST",
        "/projects/p1/imports",
        data=encode_multipart(BOUNDARY, fields),
        content_type=MULTIPART_CONTENT,
    )


def finished(api: Api, job: str) -> Any:
    """Run the waiting jobs and return this one."""
    jobs.run_waiting(WORK)
    return api.call("GET", f"/jobs/{job}").body


def test_an_import_becomes_a_job(as_: AsPart, home: Path) -> None:
    api = as_("manager")
    reply = upload(api)
    assert (reply.status, set(reply.body)) == (202, {"job"})
    waiting = api.call("GET", f"/jobs/{reply.body['job']}").body
    assert (waiting["state"], waiting["result"], waiting["error"]) == ("queued", None, None)
    done = finished(api, reply.body["job"])
    assert (done["state"], done["result"]["imported"]) == ("done", 1), done
    assert done["result"]["file"] == "items.jsonl"


def test_rejected_rows_lie_at_a_place_in_the_data_folder(as_: AsPart, home: Path) -> None:
    api = as_("manager")
    csv = b"id,prompt\n7,\n8,How is jam made?\n"
    done = finished(api, upload(api, "jam.csv", csv).body["job"])
    assert done["result"]["rejected"] == 1, done
    assert done["result"]["errors_file"] == "imports/p1-2-errors.jsonl"
    assert (home / done["result"]["errors_file"]).is_file()
    assert str(home) not in json.dumps(done)


def test_a_mapping_names_columns(as_: AsPart, home: Path) -> None:
    api = as_("manager")
    csv = b"key,text\n7,How is jam made?\n"
    mapping = json.dumps({"id": "key", "prompt": "text"})
    done = finished(api, upload(api, "jam.csv", csv, mapping=mapping).body["job"])
    assert (done["state"], done["result"]["imported"]) == ("done", 1), done
    for wrong in ('{"nope": "text"}', "[]", "{", '{"prompt": 5}'):
        assert upload(api, "jam.csv", csv, mapping=wrong).status == 400


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("../../x.jsonl", ".jsonl"),
        ("/etc/x.CSV", ".csv"),
        ("C:\\x.json", ".json"),
        ("a" * 300 + ".jsonl", ".jsonl"),
        ("x.jsonl.gz", ".jsonl.gz"),
    ],
)
def test_a_stored_file_has_a_name_of_ours(as_: AsPart, home: Path, name: str, stored: str) -> None:
    assert upload(as_("manager"), name).status == 202
    (file,) = (home / "uploads").iterdir()
    assert file.name == f"{file.name[:32]}{stored}"
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(Job.objects.get().payload["filename"]) <= 255


def test_wrong_uploads_leave_nothing(as_: AsPart, home: Path, settings: Settings) -> None:
    api = as_("manager")
    assert upload(api, "items.exe").status == 400
    assert upload(api, project="2").status == 400
    settings.UPLOAD_MAX_BYTES = 10
    too_large = upload(api)
    assert (too_large.status, too_large.body["code"]) == (413, "too_large")
    assert not [*home.glob("uploads/*")]
    assert not Job.objects.exists()


def test_a_declared_size_is_refused_before_reading(as_: AsPart, home: Path) -> None:
    reply = as_("manager").call(
        "POST",
        "/projects/p1/imports",
        data=b"--b",
        content_type="multipart/form-data; boundary=b",
        CONTENT_LENGTH=str(3 * 1024**3),
    )
    assert (reply.status, reply.body["code"]) == (413, "too_large")


def test_a_broken_form_is_invalid(as_: AsPart, home: Path) -> None:
    for content_type in ("multipart/form-data; boundary=b", "multipart/form-data"):
        reply = as_("manager").call(
            "POST", "/projects/p1/imports", data=b"nonsense", content_type=content_type
        )
        assert (reply.status, reply.body["code"]) == (400, "invalid")


def test_the_jury_runs_as_one_job(as_: AsPart) -> None:
    api = as_("manager")
    path = "/projects/p1/jury"
    paused = api.call("POST", path, {"action": "pause"})
    job = api.call("GET", f"/jobs/{paused.body['job']}").body
    assert (paused.status, list(paused.body)) == (202, ["job"])
    assert (job["kind"], job["state"], job["result"]) == ("jury", "done", {"touched": 0})
    assert Juror.objects.exclude(paused_reason="").count() == 1
    reply = api.call("POST", path, {"action": "run"})
    assert reply.status == 202
    assert not Juror.objects.filter(project__slug="p1").exclude(paused_reason="").exists()
    second = api.call("POST", path, {"action": "retry_failed"})
    assert (second.status, second.body["code"]) == (409, "conflict")
    assert api.call("POST", f"/jobs/{reply.body['job']}/stop", {}).body["state"] == "stopped"
    stopped = api.call("POST", path, {"action": "stop"}).body["job"]
    touched = api.call("GET", f"/jobs/{stopped}").body["result"]["touched"]
    assert touched == Inquiry.objects.filter(state="failed").count() > 0
    wrong = api.call("POST", path, {"action": "sing"})
    assert (wrong.status, list(wrong.body["fields"])) == (400, ["action"])


def test_an_unknown_gate_is_refused(as_: AsPart) -> None:
    reply = as_("manager").call("POST", "/projects/p1/releases", {"overrides": {"x": "because"}})
    assert (reply.status, list(reply.body["fields"])) == (400, ["overrides.x"])
