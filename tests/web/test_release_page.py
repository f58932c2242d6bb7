"""Freezing with a reason, taking files away; guidelines and set-up to be read."""

from __future__ import annotations

import hashlib
import json
from typing import cast

import pytest
from django.http import HttpResponse

from annotator.flow import releases
from annotator.flow.models import Job
from annotator.release.models import Export, Release
from tests.web.house import House

PAGE = "/projects/p1/releases"
REASON = "A trial run; the rest comes later."


def freeze(house: House, **reasons: str) -> HttpResponse:
    form = {f"override-{gate}": reason for gate, reason in reasons.items()}
    return cast("HttpResponse", house.client("manager").post(f"{PAGE}/freeze", form))


@pytest.fixture
def frozen(house: House) -> Release:
    overrides = {"all_settled": REASON, "no_open_seats": REASON}
    releases.freeze(house.project.id, actor=None, overrides=overrides)
    return Release.objects.get()


def test_gates_stand_with_value_and_limit(house: House) -> None:
    shown = house.client("manager").get(PAGE).content.decode()
    assert "Units that are settled" in shown
    assert "at least 100 %" in shown
    assert 'name="override-all_settled"' in shown
    assert 'name="override-human_judged_share"' not in shown


def test_a_shut_gate_without_a_reason_starts_nothing(house: House) -> None:
    answer = freeze(house, all_settled=REASON)
    shown = answer.content.decode()
    assert answer.status_code == 400
    assert "Settle it, or give a reason" in shown
    assert REASON in shown
    assert not Job.objects.exists()


@pytest.mark.parametrize("reasons", [{"all_settled": "short"}, {"no_such_gate": REASON}])
def test_a_reason_must_say_something_about_a_gate(house: House, reasons: dict[str, str]) -> None:
    full = {"all_settled": REASON, "no_open_seats": REASON} | reasons
    assert freeze(house, **full).status_code == 400
    assert not Job.objects.exists()


def test_a_release_shows_its_digest_gates_and_counts(house: House, frozen: Release) -> None:
    shown = house.client("manager").get(f"{PAGE}/{frozen.number}").content.decode()
    assert frozen.sha256 in shown
    assert REASON in shown
    assert "units.jsonl" in shown
    assert "units released" in shown
    assert frozen.sha256[:12] in house.client("manager").get(PAGE).content.decode()


@pytest.mark.parametrize("choice", ["jsonl:units", "csv:votes", "jsonl:items"])
def test_an_export_is_a_file_with_its_digest(house: House, frozen: Release, choice: str) -> None:
    answer = house.client("manager").post(f"{PAGE}/{frozen.number}/export", {"export": choice})
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    content = b"".join(answer)
    stored = Export.objects.get()
    assert hashlib.sha256(content).hexdigest() == stored.sha256
    assert answer.headers["Digest"] == f"sha-256={stored.sha256}"


@pytest.mark.parametrize("choice", ["", "exe:units", "jsonl:people"])
def test_an_unknown_export_is_refused(house: House, frozen: Release, choice: str) -> None:
    answer = house.client("manager").post(f"{PAGE}/{frozen.number}/export", {"export": choice})
    assert answer.status_code == 400
    assert not Export.objects.exists()


def test_a_get_makes_no_export(house: House, frozen: Release) -> None:
    assert house.client("manager").get(f"{PAGE}/{frozen.number}/export").status_code == 405


def test_the_manifest_is_the_stored_one(house: House, frozen: Release) -> None:
    answer = house.client("manager").get(f"{PAGE}/{frozen.number}/manifest.json")
    assert json.loads(answer.content) == frozen.manifest
    assert house.client("manager").get(f"{PAGE}/99").status_code == 404


@pytest.mark.parametrize("path", ["releases", "setup"])
def test_releases_and_set_up_are_for_managers(house: House, path: str) -> None:
    got = [
        house.client(part).get(f"/projects/p1/{path}").status_code
        for part in ("", "ann1", "adjudicator", "manager", "outsider")
    ]
    assert got == [302, 403, 403, 200, 404]


def test_set_up_tells_the_whole_configuration(house: House) -> None:
    shown = house.client("manager").get("/projects/p1/setup").content.decode()
    assert house.project.taxonomy_ref in shown
    assert "CANARYjuror" in shown
    assert "Then a lead decides." in shown


def test_everybody_may_read_the_rules_but_only_leads_what_they_did(house: House) -> None:
    path = "/projects/p1/guidelines"
    category = house.project.taxonomy.categories[0]
    assert category.name in house.client("ann1").get(path).content.decode()
    mine = house.client("ann1").get(f"{path}/{category.id}").content.decode()
    theirs = house.client("adjudicator").get(f"{path}/{category.id}").content.decode()
    assert "What versions did" not in mine
    assert "What versions did" in theirs
    assert house.client("ann1").get(f"{path}/none").status_code == 404
    assert house.client("outsider").get(path).status_code == 404
