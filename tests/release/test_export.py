from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import pytest

from annotator.accounts.queries import Actor
from annotator.catalog.queries import project_view
from annotator.core.errors import Conflict, Invalid, NotAllowed
from annotator.flow.releases import download, export, freeze, parse_reference
from annotator.panel.models import Juror
from annotator.release.models import Export
from annotator.release.queries import release
from tests.factories import (
    add_member,
    add_opinions,
    make_item,
    make_items,
    make_project,
    settle_all,
)

pytestmark = pytest.mark.django_db

NASTY = "=HYPERLINK(1)\r\nand, more"


@pytest.fixture
def project_id() -> int:
    project = make_project()
    items = [make_item(project, "i1"), make_item(project, "@i2", prompt=NASTY, response=None)]
    settle_all(project, items)
    freeze(project.id, actor=None, overrides={})
    return project.id


def test_jsonl_is_never_altered(project_id: int, tmp_path: Path) -> None:
    made = export(project_id, 1, format_key="jsonl", shape="units", output=tmp_path / "u.jsonl")
    data = (tmp_path / "u.jsonl").read_bytes()
    assert (made.rows, made.bytes) == (3, len(data))
    assert made.sha256 == hashlib.sha256(data).hexdigest()
    rows = [json.loads(line) for line in data.decode().splitlines()]
    assert [(row["id"], row["target"]) for row in rows] == [
        ("@i2", "prompt"),
        ("i1", "prompt"),
        ("i1", "response"),
    ]
    assert rows[0]["prompt"] == NASTY


def test_a_lone_carriage_return_stays_inside_its_cell(tmp_path: Path) -> None:
    project = make_project()
    settle_all(project, [make_item(project, prompt="Bread\rand butter?")])
    freeze(project.id, actor=None, overrides={})
    export(project.id, 1, format_key="csv", shape="units", output=tmp_path / "u.csv")
    with (tmp_path / "u.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["prompt"] for row in rows} == {"Bread\rand butter?"}
    assert b"\r\n" not in (tmp_path / "u.csv").read_bytes()


def test_a_vote_names_the_model_that_gave_it(tmp_path: Path) -> None:
    """Not the one that sits on its juror's seat by now."""
    project = make_project(jurors=("j1",))
    item_id = make_item(project)
    add_opinions(project, item_id, {"j1": {"prompt": "safe", "response": "safe"}})
    settle_all(project, [item_id])
    Juror.objects.update(model="m2")
    freeze(project.id, actor=None, overrides={})
    export(project.id, 1, format_key="jsonl", shape="votes", output=tmp_path / "v.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "v.jsonl").read_text().splitlines()]
    assert {row["model"] for row in rows if row["kind"] == "juror"} == {"m1"}


def test_csv_cells_never_start_a_formula(project_id: int, tmp_path: Path) -> None:
    export(project_id, 1, format_key="csv", shape="units", output=tmp_path / "u.csv")
    data = (tmp_path / "u.csv").read_bytes()
    assert data.count(b"id,target,prompt") == 1
    with (tmp_path / "u.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 3
    assert rows[0]["id"] == "'@i2"
    assert rows[0]["prompt"] == "'" + NASTY
    assert rows[1]["human_judged"] == "true"
    assert json.loads(rows[1]["messages"])[0]["role"] == "user"
    assert not any(
        cell.startswith(("=", "+", "-", "@", "\t", "\r")) for r in rows for cell in r.values()
    )


def test_an_item_is_one_row_with_its_targets_side_by_side(project_id: int, tmp_path: Path) -> None:
    made = export(project_id, 1, format_key="jsonl", shape="items", output=tmp_path / "i.jsonl")
    assert made.rows == 2
    first, second = (json.loads(line) for line in (tmp_path / "i.jsonl").read_text().splitlines())
    assert (first["prompt_safety"], first["response_safety"]) == ("safe", None)
    assert second["response_human_judged"] is True
    assert "target" not in second
    assert "prompt_target" not in second


def test_items_that_share_an_id_stay_apart(tmp_path: Path) -> None:
    project = make_project("twice")
    settle_all(
        project,
        make_items(
            project,
            {"id": "x", "prompt": "One", "response": "Yes"},
            {"id": "x", "prompt": "Two", "response": "No"},
        ),
    )
    freeze(project.id, actor=None, overrides={})
    export(project.id, 1, format_key="jsonl", shape="items", output=tmp_path / "i.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "i.jsonl").read_text().splitlines()]
    assert {(row["prompt"], row["response"]) for row in rows} == {("One", "Yes"), ("Two", "No")}


def test_votes_have_the_columns_of_the_contract(project_id: int, tmp_path: Path) -> None:
    made = export(project_id, 1, format_key="csv", shape="votes", output=tmp_path / "v.csv")
    assert made.rows == 9
    header = (tmp_path / "v.csv").read_text().splitlines()[0]
    assert header == (
        "item,target,rater,kind,state,reason,safety,categories,severity,seconds,round,phase,"
        "superseded,model,juror_version,at"
    )


def test_published_columns(project_id: int, tmp_path: Path) -> None:
    export(project_id, 1, format_key="aegis2", shape=None, output=tmp_path / "a.json")
    rows = json.loads((tmp_path / "a.json").read_text())
    assert rows[1]["prompt_label_source"] == "human"
    assert (rows[0]["response"], rows[0]["response_label"]) == (None, None)
    export(project_id, 1, format_key="chat", shape=None, output=tmp_path / "c.jsonl")
    export(project_id, 1, format_key="wildguard", shape=None, output=tmp_path / "w.jsonl")
    first = json.loads((tmp_path / "w.jsonl").read_text().splitlines()[0])
    assert first["prompt_harm_label"] == "unharmful"


@pytest.mark.parametrize(("format_key", "shape"), [("parquet", None), ("aegis2", "votes")])
def test_what_there_is_not_is_refused_by_name(
    project_id: int, tmp_path: Path, format_key: str, shape: str | None
) -> None:
    with pytest.raises(Invalid, match="available"):
        export(project_id, 1, format_key=format_key, shape=shape, output=tmp_path / "x")
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_an_altered_release_is_not_exported(project_id: int, tmp_path: Path) -> None:
    units = release(project_id, 1).folder / "units.jsonl"
    units.write_text(units.read_text().replace("safe", "unsafe", 1))
    with pytest.raises(Conflict):
        export(project_id, 1, format_key="jsonl", shape="units", output=tmp_path / "u")


def test_a_download_is_rendered_once_and_only_for_those_who_may(project_id: int) -> None:
    project = project_view(project_id)
    manager = Actor(add_member(project, "boss", "manager"), "boss", "boss", is_administrator=False)
    labeler = Actor(add_member(project, "p1-a1"), "p1-a1", "", is_administrator=False)
    first = download(manager, "p1", 1, format_key="csv", shape="units")
    again = download(manager, "p1", 1, format_key="csv", shape="units")
    assert first == again
    assert first.filename == "p1-1-units.csv"
    assert Export.objects.count() == 1
    with pytest.raises(NotAllowed):
        download(labeler, "p1", 1, format_key="csv", shape="units")


@pytest.mark.parametrize("text", ["p1", "p1/", "p1/x", "/1", "p1/-1"])
def test_a_release_is_named_project_slash_number(text: str) -> None:
    with pytest.raises(Invalid):
        parse_reference(text)
