"""From a file to items by the pages alone, and what the pages refuse."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from pytest_django import Settings

from annotator.flow import jobs, tasks
from annotator.flow.models import Job
from annotator.intake.models import Item
from tests.web.house import House

DATA = "/projects/p1/data"
ROWS = [
    {"key": "n1", "instruction": "How do I fold a map?", "answer": "Along its old lines."},
    {"key": "n2", "instruction": "Which tea is best at noon?", "answer": "A green one."},
    {"key": "n3", "answer": "Nobody asked."},
]


def upload(
    house: House, content: bytes, name: str = "new.jsonl", *, who: str = "manager"
) -> HttpResponse:
    file = SimpleUploadedFile(name, content)
    return cast("HttpResponse", house.client(who).post(f"{DATA}/upload", {"file": file}))


def lines(*rows: Mapping[str, object]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def shown(house: House, content: bytes = b"") -> tuple[str, str]:
    """Upload and return (ticket, page of the columns)."""
    answer = upload(house, content or lines(*ROWS))
    assert answer.status_code == 302
    page = house.client("manager").get(answer.headers["Location"]).content.decode()
    ticket = re.search(r'name="file" value="([^"]+)"', page)
    assert ticket is not None
    return ticket[1], page


def start(house: House, **form: str) -> HttpResponse:
    ticket, _ = shown(house)
    return cast(
        "HttpResponse",
        house.client("manager").post(f"{DATA}/check", {"file": ticket, "action": "import", **form}),
    )


def finished() -> Job:
    jobs.run_waiting(tasks.WORK)
    return Job.objects.latest("pk")


def test_usual_names_are_suggested_and_problems_shown_before_anything_is_written(
    house: House,
) -> None:
    before = Item.objects.count()
    _, page = shown(house)
    assert "selected>prompt" in page
    assert "selected>response" in page
    assert "Import 2 items" in page
    assert "How do I fold a map?" in page
    assert "missing" in page
    assert Item.objects.count() == before
    assert not Job.objects.exists()


def test_a_mapping_becomes_items_and_the_rejected_rows_a_file(house: House) -> None:
    form = {"becomes-0": "id", "becomes-1": "prompt", "becomes-2": "response"}
    assert start(house, **form).status_code == 302
    job = finished()
    assert job.state == "done", job.error
    assert Item.objects.filter(external_id__in=["n1", "n2"]).count() == 2
    page = house.client("manager").get(DATA).content.decode()
    assert "2 imported" in page
    assert "1 rejected" in page
    answer = house.client("manager").get(f"/projects/p1/jobs/{job.public_id}/rejected")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    rejected = json.loads(b"".join(answer))
    assert (rejected["line"], rejected["field"], rejected["code"]) == (3, "prompt", "missing")


def test_two_columns_cannot_become_one(house: House) -> None:
    answer = start(house, **{"becomes-0": "prompt", "becomes-1": "prompt"})
    assert answer.status_code == 400
    assert "Two columns become prompt" in answer.content.decode()
    assert not Job.objects.exists()


def test_a_field_that_is_none_of_ours_is_refused(house: House) -> None:
    answer = start(house, **{"becomes-0": "created_by__password"})
    assert answer.status_code == 400
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [("x.exe", b"MZ"), ("x.jsonl", b"\xff\xfe{\x00"), ("../../etc/passwd", b"root")],
)
def test_what_cannot_be_read_is_refused_with_words(house: House, name: str, content: bytes) -> None:
    answer = upload(house, content, name)
    if answer.status_code == 302:
        answer = cast("HttpResponse", house.client("manager").get(answer.headers["Location"]))
    page = answer.content.decode()
    assert answer.status_code == 400 or "No row can be imported" in page
    assert not Job.objects.exists()


def test_a_stored_upload_has_none_of_the_names_it_was_sent_under(house: House) -> None:
    assert upload(house, lines(*ROWS), "..%2f..%2fevil.jsonl").status_code == 302
    folder = Path(settings.CONCORD_HOME) / "uploads"
    assert all(re.fullmatch(r"[0-9a-f]{32}\.[a-z.]+", path.name) for path in folder.iterdir())


def test_a_body_too_large_is_refused_before_it_is_read(house: House, settings: Settings) -> None:
    settings.UPLOAD_MAX_BYTES = 10
    answer = upload(house, b"x" * 100_000)
    assert answer.status_code == 413


def test_an_upload_needs_the_token_of_the_form(house: House) -> None:
    file = SimpleUploadedFile("new.jsonl", lines(*ROWS))
    answer = house.client("manager", csrf=True).post(f"{DATA}/upload", {"file": file})
    assert answer.status_code == 403


@pytest.mark.parametrize("ticket", ["", "x", "WyJldGMvcGFzc3dkIl0:1:forged"])
def test_a_forged_ticket_opens_no_file(house: House, ticket: str) -> None:
    assert house.client("manager").get(f"{DATA}/check", {"file": ticket}).status_code == 404


def test_a_ticket_is_for_its_sender_alone(house: House) -> None:
    ticket, _ = shown(house)
    assert house.client("administrator").get(f"{DATA}/check", {"file": ticket}).status_code == 404


def test_a_running_list_asks_again_and_a_resting_one_ends_the_asking(house: House) -> None:
    start(house)
    browser = house.client("manager")
    running = browser.get("/projects/p1/jobs", headers={"HX-Request": "true"})
    assert (running.status_code, b"every 2s" in running.content) == (200, True)
    finished()
    resting = browser.get("/projects/p1/jobs?with=batches", headers={"HX-Request": "true"})
    assert (resting.status_code, b"every 2s" in resting.content) == (286, False)
    assert b"innerHTML:#batches" in resting.content


def test_a_waiting_job_can_be_stopped(house: House) -> None:
    start(house)
    job = Job.objects.get()
    assert house.client("manager").get(f"/projects/p1/jobs/{job.public_id}/stop").status_code == 405
    answer = house.client("manager").post(f"/projects/p1/jobs/{job.public_id}/stop")
    assert answer.status_code == 302
    job.refresh_from_db()
    assert job.state == "stopped"


def test_jobs_of_another_project_are_not_found(house: House) -> None:
    start(house)
    job = finished()
    administrator = house.client("administrator")
    assert administrator.get(f"/projects/p2/jobs/{job.public_id}/rejected").status_code == 404
    assert administrator.post(f"/projects/p2/jobs/{job.public_id}/stop").status_code == 404


@pytest.mark.parametrize("path", ["data", "jobs", "jobs/none/rejected"])
def test_data_is_for_managers(house: House, path: str) -> None:
    got = [house.client(part).get(f"/projects/p1/{path}").status_code for part in ("ann1", "")]
    assert got == [403, 302]
    assert house.client("outsider").get(f"/projects/p1/{path}").status_code == 404


def test_a_persons_jobs_over_all_projects_stand_at_the_root(house: House) -> None:
    start(house)
    page = house.client("manager").get("/jobs").content.decode()
    assert "Import of items" in page
    assert "Import of" not in house.client("outsider").get("/jobs").content.decode()
