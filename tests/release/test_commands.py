from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from annotator.intake.models import Item
from annotator.quality.models import Ruling
from tests.factories import add_votes, make_item, make_items, make_project, settle_all

pytestmark = pytest.mark.django_db


def run(*words: str) -> dict[str, object]:
    out = StringIO()
    call_command(*words, "--json", stdout=out)
    found = json.loads(out.getvalue().splitlines()[-1])
    assert isinstance(found, dict)
    return found


def code(*words: str) -> int:
    with pytest.raises(CommandError) as refused:
        call_command(*words, stdout=StringIO())
    return refused.value.returncode


def test_freeze_export_verify(home: Path) -> None:
    project = make_project()
    settle_all(project, [make_item(project)])
    frozen = run("freeze", "--project", "p1")
    assert frozen["release"] == 1
    made = run("export", "p1/1", "--format", "csv", "--shape", "units", "-o", str(home / "u.csv"))
    assert (made["rows"], (home / "u.csv").is_file()) == (2, True)
    assert run("verify", "--project", "p1")["differences"] == 0
    assert run("verify")["differences"] == 0
    Ruling.objects.update(value="unsafe")
    assert code("verify", "--project", "p1") == 1


def test_refusals_have_their_exit_codes(home: Path) -> None:
    project = make_project()
    settle_all(project, [make_item(project, "i1")])
    make_item(project, "i2")
    assert code("freeze", "--project", "p1") == 4
    assert code("freeze", "--project", "p1", "--override", "all_settled") == 2
    assert code("freeze", "--project", "none") == 2
    assert code("export", "p1/7", "-o", str(home / "x")) == 2
    assert code("export", "p1", "-o", str(home / "x")) == 2
    words = [f"{gate}=known and wanted" for gate in ("all_settled", "no_open_seats")]
    each = [f"--override={word}" for word in words]
    assert run("freeze", "--project", "p1", *each)["release"] == 1
    assert run("freeze", "--project", "p1", "--override", *words)["release"] == 2


def test_advance_moves_what_rested() -> None:
    project = make_project(targets=["prompt"])
    (item,) = make_items(project, {"id": "i", "prompt": "Text"})
    votes = {f"p1-a{n}": {"prompt": "safe"} for n in (1, 2, 3)}
    add_votes(project, item, votes, move_on=False)
    assert Item.objects.get(pk=item).state == "open"
    assert run("advance", "--project", "p1")["settled"] == 1
    assert Item.objects.get(pk=item).state == "settled"
    assert run("advance")["settled"] == 0
