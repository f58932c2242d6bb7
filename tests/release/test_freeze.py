from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from django.db import transaction

from annotator.accounts import services as accounts
from annotator.accounts.models import Person
from annotator.accounts.queries import Actor
from annotator.audit.models import Event
from annotator.catalog.models import Membership, Project
from annotator.core.digests import sha256_json
from annotator.core.errors import Conflict, Invalid, NotFound, Unavailable
from annotator.flow import jobs
from annotator.flow.releases import freeze
from annotator.flow.tasks import WORK
from annotator.quality.models import Ruling
from annotator.release.canonical import sha256_file
from annotator.release.models import Release
from annotator.release.queries import ReleaseView, release, releases, releases_folder
from annotator.release.writers.shapes import read_rows
from jury.verdict import Answer
from tests.factories import (
    Verdict,
    add_member,
    add_opinions,
    add_votes,
    adjudicate,
    make_item,
    make_items,
    make_project,
    settle_all,
)

pytestmark = pytest.mark.django_db

OPEN_GATES = {
    "all_settled": "some wait for a lead",
    "no_open_seats": "people still work on it",
}


def rows(found: ReleaseView, name: str) -> list[dict[str, object]]:
    return list(read_rows(found.folder / name))


def test_a_release_holds_what_its_manifest_says() -> None:
    project = make_project()
    settle_all(
        project, make_items(project, {"id": "b", "prompt": "Hello"}, {"id": "a", "prompt": "Bye"})
    )
    found = freeze(project.id, actor=None, overrides={})
    assert (found.number, found.project) == (1, "p1")
    assert {path.name for path in found.folder.iterdir()} == {
        "units.jsonl", "votes.jsonl", "datacard.json", "datacard.md", "taxonomy.json",
        "manifest.json",
    }  # fmt: skip
    for entry in found.files:
        path = found.folder / str(entry["name"])
        assert (path.stat().st_size, sha256_file(path)) == (entry["bytes"], entry["sha256"])
    assert found.sha256 == sha256_json(list(found.files))
    assert json.loads((found.folder / "manifest.json").read_text()) == found.manifest
    assert [row["id"] for row in rows(found, "units.jsonl")] == ["a", "b"]
    assert Event.objects.filter(verb="release.frozen", subject=f"release:{found.id}").exists()


def test_a_unit_row_tells_all_of_its_ruling() -> None:
    project = make_project()
    item = make_item(project, "i1", response=None, model="m7")
    add_votes(
        project,
        item,
        {
            "p1-a1": {"prompt": Answer("unsafe", ("violence", "threat"))},
            "p1-a2": {"prompt": Answer("unsafe", ("violence", "threat"))},
            "p1-a3": {"prompt": "needs_caution"},
        },
    )
    (row,) = rows(freeze(project.id, actor=None, overrides={}), "units.jsonl")
    assert row == {
        "id": "i1", "target": "prompt", "prompt": "How do I cook porridge number i1?",
        "response": None, "safety": "unsafe", "safety_permissive": "unsafe",
        "messages": [{"role": "user", "content": "How do I cook porridge number i1?"}],
        "safety_defensive": "unsafe", "categories": ["threat", "violence"], "severity": None,
        "source": "human_majority", "rule": "majority", "human_judged": True, "contested": False,
        "n_human": 3, "n_juror": 0, "soft_safe": 0.0, "soft_needs_caution": 1 / 3,
        "soft_unsafe": 2 / 3, "agreement": 1 / 3, "split": row["split"], "taxonomy": "aegis2",
        "taxonomy_version": "2.0", "policy_version": 1, "model": "m7", "redacted": False,
    }  # fmt: skip


def test_votes_are_pseudonymous_and_without_times() -> None:
    project = make_project(jurors=("j1",))
    item = make_item(project)
    add_opinions(project, item, {"j1": {"prompt": "safe", "response": None}})
    settle_all(project, [item])
    found = freeze(project.id, actor=None, overrides={})
    votes = rows(found, "votes.jsonl")
    assert len(votes) == 8
    assert all(vote["at"] is None for vote in votes)
    people = {str(vote["rater"]) for vote in votes if vote["kind"] == "human"}
    assert len(people) == 3
    assert all(rater.startswith("p-") for rater in people)
    text = (found.folder / "votes.jsonl").read_text()
    assert "p1-a1" not in text
    assert [(v["target"], v["state"], v["reason"]) for v in votes if v["kind"] == "juror"] == [
        ("prompt", "given", None),
        ("response", "abstained", "refused"),
    ]
    assert found.counts["abstentions"] == 1


def test_the_same_evidence_gives_the_same_bytes() -> None:
    project = make_project()
    settle_all(project, [make_item(project, name) for name in ("b", "a", "c")])
    first = freeze(project.id, actor=None, overrides={})
    second = freeze(project.id, actor=None, overrides={})
    assert (first.number, second.number) == (1, 2)
    assert first.sha256 == second.sha256
    assert first.files == second.files


def test_order_of_work_and_of_people_leaves_the_bytes_alone() -> None:
    digests = set()
    for turn in (1, -1):
        project = make_project("twin")
        items = make_items(project, {"id": "a", "prompt": "One"}, {"id": "b", "prompt": "Two"})
        for item in items[::turn]:
            people = [f"twin-a{n}" for n in (1, 2, 3)][::turn]
            add_votes(project, item, {name: {"prompt": "safe"} for name in people})
        found = freeze(project.id, actor=None, overrides={})
        digests.add(found.sha256)
        _forget(project.id)
    assert len(digests) == 1


def _forget(project_id: int) -> None:
    """Rename the project, so that the next one starts with the same words."""
    Project.objects.filter(pk=project_id).update(slug=f"old-{project_id}")


def test_unsettled_units_shut_the_gates_and_are_counted() -> None:
    project = make_project()
    settle_all(project, [make_item(project, "i1")])
    make_item(project, "i2")
    with pytest.raises(Conflict) as refused:
        freeze(project.id, actor=None, overrides={})
    assert set(refused.value.fields) == {"all_settled", "no_open_seats"}
    assert refused.value.exit_code == 4
    assert not releases(project.id)
    assert not list(releases_folder("p1").glob("*"))
    found = freeze(project.id, actor=None, overrides=OPEN_GATES)
    assert (found.counts["units"], found.counts["units_unsettled"]) == (4, 2)
    assert {gate.name: gate.override for gate in found.gates if gate.override} == OPEN_GATES
    assert {row["id"] for row in rows(found, "units.jsonl")} == {"i1"}


@pytest.mark.parametrize(
    "overrides", [{"no_such_gate": "a long enough reason"}, {"all_settled": "short"}]
)
def test_an_override_names_a_gate_and_says_why(overrides: dict[str, str]) -> None:
    project = make_project()
    settle_all(project, [make_item(project)])
    with pytest.raises(Invalid):
        freeze(project.id, actor=None, overrides=overrides)


def test_an_override_of_an_open_gate_leaves_no_trace() -> None:
    project = make_project()
    settle_all(project, [make_item(project)])
    found = freeze(project.id, actor=None, overrides=OPEN_GATES)
    assert not any(gate.override for gate in found.gates)


def test_low_agreement_shuts_its_gate_once_there_are_enough_units() -> None:
    project = make_project(people=3, targets=["prompt"], policy={"name": "majority"})
    items = make_items(project, *({"id": f"i{n}", "prompt": f"Text {n}"} for n in range(50)))
    for number, item in enumerate(items):
        odd = f"p1-a{number % 3 + 1}"
        votes = {
            f"p1-a{n}": {"prompt": "unsafe" if f"p1-a{n}" == odd else "safe"} for n in (1, 2, 3)
        }
        add_votes(project, item, votes)
    with pytest.raises(Conflict) as refused:
        freeze(project.id, actor=None, overrides={})
    assert set(refused.value.fields) == {"min_alpha"}


def test_an_adjudicated_unit_is_human_judged_and_may_be_contested() -> None:
    project = make_project(
        targets=["prompt"], policy={"name": "majority", "options": {"max_votes": 3}}
    )
    item = make_item(project, response=None)
    votes = ("safe", "needs_caution", "unsafe")
    project_votes = {f"p1-a{n}": {"prompt": value} for n, value in enumerate(votes, start=1)}
    add_votes(
        project,
        item,
        {
            **project_votes,
            "p1-a2": {"prompt": "unsafe"},
            "p1-a3": {"prompt": Answer("unsafe", ("threat",))},
        },
    )
    adjudicate(project, item, {"prompt": "needs_caution"}, contested=True)
    (row,) = rows(freeze(project.id, actor=None, overrides={}), "units.jsonl")
    assert (row["source"], row["rule"], row["human_judged"], row["contested"]) == (
        "adjudicator", "adjudication", True, True,
    )  # fmt: skip
    assert (row["safety_permissive"], row["safety_defensive"]) == ("safe", "unsafe")


def _by_a_guest(before: int) -> tuple[str, str, int]:
    """Freeze a vote of somebody who is no member any more, made after so many other people."""
    for number in range(before):
        accounts.create_person(username=f"other{number}")
    project = make_project(targets=["prompt"], people=0)
    settle_all(project, [make_item(project, response=None)])
    guest = Person.objects.get(username="p1-a3")
    Membership.objects.filter(person=guest.pk).delete()
    found = freeze(project.id, actor=None, overrides={})
    raters = {str(row["rater"]) for row in rows(found, "votes.jsonl")}
    (name,) = (rater for rater in raters if rater.startswith("guest-"))
    shutil.rmtree(found.folder)
    return found.sha256, name, guest.pk


def test_a_guests_name_follows_from_no_number_of_the_database() -> None:
    made = []
    for before in (0, 5):
        with transaction.atomic():
            made.append(_by_a_guest(before))
            transaction.set_rollback(True)
    (first, name, pk), (second, again, other_pk) = made
    assert pk != other_pk
    assert (first, name) == (second, again)


def test_reused_ids_stay_two_items() -> None:
    project = make_project(targets=["prompt"])
    items = make_items(project, {"id": "x", "prompt": "One"}, {"id": "x", "prompt": "Two"})
    settle_all(project, items)
    found = rows(freeze(project.id, actor=None, overrides={}), "units.jsonl")
    assert {row["prompt"] for row in found} == {"One", "Two"}


def test_questions_other_than_safety_have_columns_of_their_own() -> None:
    project = make_project(questions=["safety", "refusal"])
    item = make_item(project)
    verdicts: dict[str, Verdict] = {
        "prompt": "safe",
        "response": {"safety": "safe", "refusal": "no"},
    }
    add_votes(project, item, {f"p1-a{n}": verdicts for n in (1, 2, 3)})
    found = freeze(project.id, actor=None, overrides={})
    assert [row["refusal"] for row in rows(found, "units.jsonl")] == [None, "no"]
    assert {row["refusal"] for row in rows(found, "votes.jsonl")} == {None, "no"}


def test_absent_releases_are_not_found() -> None:
    project = make_project()
    with pytest.raises(NotFound):
        release(project.id, 1)
    assert not Release.objects.exists()


def test_the_card_says_what_is_human_judged_and_what_is_missing() -> None:
    project = make_project()
    settle_all(project, [make_item(project, "i1")])
    make_item(project, "i2")
    found = freeze(project.id, actor=None, overrides=OPEN_GATES)
    card = (found.folder / "datacard.md").read_text()
    assert "Human judged: 100.0% of the units" in card
    assert "2 units were not settled and are left out" in card
    document = json.loads((found.folder / "datacard.json").read_text())
    assert document["human_judged_share"] == 1.0
    assert [each["target"] for each in document["agreement"]] == ["prompt", "response"]


@pytest.mark.django_db(transaction=True)
def test_a_failed_freeze_leaves_nothing() -> None:
    project = make_project("broken")
    settle_all(project, [make_item(project)])
    place = releases_folder("broken")

    class Stopping:
        def step(self, done: int, total: int | None) -> None:
            raise InterruptedError

    with pytest.raises(Unavailable):
        freeze(project.id, actor=None, overrides={}, progress=Stopping())
    assert not list(Path(place).iterdir())
    assert not releases(project.id)
    assert freeze(project.id, actor=None, overrides={}).number == 1


@pytest.mark.django_db(transaction=True)
def test_a_job_freezes_and_tells_how_far_it_is() -> None:
    project = make_project("jobbed")
    settle_all(project, [make_item(project)])
    manager = Actor(add_member(project, "boss", "manager"), "boss", "", is_administrator=False)
    job = jobs.start(manager, "jobbed", "freeze", {"overrides": {}})
    jobs.run_waiting(WORK)
    view = jobs.view(manager, job)
    assert (view.state, view.done, view.total, view.error) == ("done", 1, 1, "")
    assert (view.result or {})["release"] == 1


@pytest.mark.django_db(transaction=True)
def test_a_release_is_one_moment_although_work_goes_on() -> None:
    project = make_project("moment")
    settle_all(project, [make_item(project)])

    class Meddling:
        def step(self, done: int, total: int | None) -> None:
            Ruling.objects.update(value="unsafe")

    found = freeze(project.id, actor=None, overrides={}, progress=Meddling())
    assert {row["safety"] for row in rows(found, "units.jsonl")} == {"safe"}
    assert set(Ruling.objects.values_list("value", flat=True)) == {"unsafe"}
