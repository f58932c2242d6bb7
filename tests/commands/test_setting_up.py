from __future__ import annotations

import io
import json
import stat
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from annotator.accounts.models import Person
from annotator.accounts.queries import actor_by_token
from annotator.accounts.services import create_person, use_link
from annotator.audit.models import Event
from annotator.flow.console import Bar, ConsoleCommand, Outcome
from annotator.intake.models import Batch, Item
from tests.flow.projects import project

pytestmark = pytest.mark.django_db

TOML = """
contract = 1
[project]
slug = "p1"
name = "Pilot"
taxonomy = "aegis2@2.0"
targets = ["prompt", "response"]
questions = ["safety"]
"""


def run(*arguments: object) -> dict[str, object]:
    """Run a command with --json; return the object that is its last line."""
    out = io.StringIO()
    call_command(*map(str, arguments), "--json", stdout=out, stderr=io.StringIO())
    result = json.loads(out.getvalue().splitlines()[-1])
    assert isinstance(result, dict)
    return result


def exit_code(*arguments: object) -> int:
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    return caught.value.returncode


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    path = tmp_path / "project.toml"
    path.write_text(TOML, encoding="utf-8")
    return path


def test_apply_twice(toml: Path) -> None:
    assert run("apply", toml)["changes"] == [{"what": "project", "before": None, "after": "p1"}]
    assert run("apply", toml) == {"changes": []}


def test_apply_invites_who_never_entered(toml: Path) -> None:
    create_person(username="known", password="correct horse battery")
    toml.write_text(
        TOML
        + "".join(f'[[member]]\nusername = "{n}"\nrole = "annotator"\n' for n in ("new", "known")),
        encoding="utf-8",
    )
    links = run("apply", toml)["invitations"]
    assert isinstance(links, dict)
    assert list(links) == ["new"]
    actor, purpose = use_link(token=links["new"].rpartition("/enter/")[2])
    assert (actor.username, purpose) == ("new", "invite")
    assert run("apply", toml) == {"changes": []}


def test_apply_says_what_it_cannot_read(toml: Path, tmp_path: Path) -> None:
    assert exit_code("apply", tmp_path / "absent.toml") == 2
    toml.write_text("contract = ", encoding="utf-8")
    assert exit_code("apply", toml) == 2
    toml.write_text(TOML + "colour = 1\n", encoding="utf-8")
    assert exit_code("apply", toml) == 2


def test_bootstrap_is_for_the_first_administrator_only(tmp_path: Path) -> None:
    result = run("bootstrap", "--username", "admin")
    person = Person.objects.get()
    assert person.check_password(str(result["password"]))
    assert (person.is_administrator, person.must_change_password) == (True, True)
    assert exit_code("bootstrap", "--username", "other") == 4


def test_bootstrap_reads_a_password_file_and_never_prints_it(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("correct horse battery\n", encoding="utf-8")
    assert run("bootstrap", "--username", "admin", "--password-file", path) == {"username": "admin"}
    assert Person.objects.get().check_password("correct horse battery")


def test_bootstrap_refuses_what_does_not_fit(tmp_path: Path) -> None:
    short = tmp_path / "short"
    short.write_text("short", encoding="utf-8")
    assert exit_code("bootstrap", "--username", "admin", "--password-file", short) == 2
    assert exit_code("bootstrap", "--username", "a b") == 2
    assert exit_code("bootstrap", "--username", "a", "--password-file", tmp_path / "none") == 2
    assert not Person.objects.exists()


def people(folder: Path, text: str) -> Path:
    path = folder / "people.csv"
    path.write_text(text, encoding="utf-8")
    return path


def listed(result: dict[str, object]) -> list[dict[str, object]]:
    found = result["people"]
    assert isinstance(found, list)
    return found


def test_people_get_tokens_in_a_private_file(tmp_path: Path) -> None:
    project()
    path = people(tmp_path, "username,role,email\nann1,annotator,\nlead,manager,l@example.org\n")
    out = tmp_path / "tokens.csv"
    result = run("add_people", path, "--project", "p1", "--tokens-out", out)
    assert [entry["username"] for entry in listed(result)] == ["ann1", "lead"]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    lines = out.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "username,token"
    username, token = lines[1].split(",")
    found = actor_by_token(token)
    assert found is not None
    assert found[0].username == username == "ann1"
    assert token not in json.dumps(result)


def test_people_get_links_otherwise(tmp_path: Path) -> None:
    project()
    path = people(tmp_path, "username,role\nann1,annotator\n")
    (entry,) = listed(run("add_people", path, "--project", "p1"))
    assert "/enter/" in str(entry["link"])
    (again,) = listed(run("add_people", path, "--project", "p1"))
    # Nobody entered by the first link yet: it may be lost.
    assert again["link"] != entry["link"]
    use_link(token=str(again["link"]).rpartition("/")[2])
    (entered,) = listed(run("add_people", path, "--project", "p1"))
    assert entered == {"username": "ann1", "role": "annotator", "created": False}


@pytest.mark.parametrize(
    "text",
    [
        "username,role\nann1\n",
        "username,role\nann1,boss\n",
        "username,role,colour\nann1,annotator,red\n",
        "username\nann1\n",
        "username,role\nann1,annotator\nann1,manager\n",
        "username,role,email\nann1,annotator,nonsense\n",
        "",
    ],
)
def test_one_bad_person_adds_nobody(tmp_path: Path, text: str) -> None:
    project()
    assert exit_code("add_people", people(tmp_path, text), "--project", "p1") == 2
    assert not Person.objects.exists()


def test_tokens_that_cannot_be_written_are_not_issued(tmp_path: Path) -> None:
    project()
    path = people(tmp_path, "username,role\nann1,annotator\n")
    out = tmp_path / "no" / "such" / "tokens.csv"
    assert exit_code("add_people", path, "--project", "p1", "--tokens-out", out) == 2
    assert not Person.objects.exists()


def test_import_items_says_what_became_of_the_rows(tmp_path: Path) -> None:
    project()
    path = tmp_path / "x.csv"
    path.write_text("key,prompt\n1,Hello\n2,Bye\n", encoding="utf-8")
    result = run("import_items", path, "--project", "p1", "--map", "id=key")
    assert set(result) == {
        "file",
        "sha256",
        "rows",
        "imported",
        "already_present",
        "rejected",
        "id_reused",
        "duplicate_text",
        "errors_file",
    }
    assert result["imported"] == 2
    assert sorted(Item.objects.values_list("external_id", flat=True)) == ["1", "2"]


def test_rejected_rows_are_exit_1_and_still_one_json_object(tmp_path: Path) -> None:
    project()
    path = tmp_path / "x.jsonl"
    path.write_text('{"prompt": "Hello"}\n{"prompt": 1}\n', encoding="utf-8")
    out = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("import_items", str(path), "--project", "p1", "--json", stdout=out)
    assert caught.value.returncode == 1
    result = json.loads(out.getvalue())
    assert (result["imported"], result["rejected"]) == (1, 1)
    assert Path(result["errors_file"]).is_file()


def test_wrong_input_is_exit_2(tmp_path: Path) -> None:
    project()
    path = tmp_path / "x.jsonl"
    path.write_text('{"prompt": "Hello"}\n', encoding="utf-8")
    assert exit_code("import_items", path, "--project", "none") == 2
    assert exit_code("import_items", tmp_path / "absent.jsonl", "--project", "p1") == 2
    assert exit_code("import_items", path, "--project", "p1", "--map", "id") == 2
    assert exit_code("import_items", path, "--project", "p1", "--map", "hue=x") == 2
    bad = tmp_path / "votes.csv"
    bad.write_text("item,rater,label\na,r,1\n", encoding="utf-8")
    assert exit_code("import_votes", bad, "--project", "p1") == 2
    assert not Item.objects.exists()


def test_an_array_on_one_line_is_imported_and_a_cut_off_one_is_not(tmp_path: Path) -> None:
    project()
    path = tmp_path / "x.json"
    path.write_text(
        '[{"id": "a", "prompt": "Hello"}, {"id": "b", "prompt": "Bye"}', encoding="utf-8"
    )
    assert exit_code("import_items", path, "--project", "p1") == 2
    assert not Batch.objects.exists()
    path.write_text(path.read_text(encoding="utf-8") + "]", encoding="utf-8")
    assert run("import_items", path, "--project", "p1")["imported"] == 2
    assert sorted(Item.objects.values_list("external_id", "line")) == [("a", 1), ("b", 2)]


@pytest.mark.parametrize("absent", ["item", "target", "rater", "kind", "state", "safety"])
def test_votes_without_a_required_column_are_refused_by_its_name(
    tmp_path: Path, absent: str
) -> None:
    project()
    row = {"item": "a", "target": "prompt", "rater": "r", "kind": "human", "state": "given"}
    row["safety"] = "safe"
    del row[absent]
    path = tmp_path / "votes.csv"
    path.write_text(f"{','.join(row)}\n{','.join(row.values())}\n", encoding="utf-8")
    with pytest.raises(CommandError, match=f"no column {absent}") as caught:
        run("import_votes", path, "--project", "p1")
    assert caught.value.returncode == 2
    assert not Event.objects.filter(verb="votes.imported").exists()


def test_import_votes_reports(tmp_path: Path) -> None:
    project()
    items = tmp_path / "x.jsonl"
    items.write_text('{"id": "a", "prompt": "Hello"}\n', encoding="utf-8")
    run("import_items", items, "--project", "p1")
    votes = tmp_path / "votes.csv"
    votes.write_text(
        "item,target,rater,kind,state,safety\na,prompt,r1,human,given,safe\n", encoding="utf-8"
    )
    result = run("import_votes", votes, "--project", "p1")
    assert (result["imported"], result["raters"], result["errors_file"]) == (1, 1, None)
    votes.write_text(
        "item,target,rater,kind,state,safety\nzz,prompt,r1,human,given,safe\n", encoding="utf-8"
    )
    assert exit_code("import_votes", votes, "--project", "p1") == 1


class Interrupted(ConsoleCommand):
    def perform(self, options: object) -> Outcome:
        raise KeyboardInterrupt


def test_an_interrupt_is_exit_130() -> None:
    with pytest.raises(CommandError) as caught:
        call_command(Interrupted())
    assert caught.value.returncode == 130


def test_progress_without_a_terminal_is_a_line_now_and_then() -> None:
    stream = io.StringIO()
    bar = Bar("rows", stream=stream)
    bar.step(1, 10)
    assert stream.getvalue() == ""
    bar._last -= 10  # noqa: SLF001 - ten seconds pass
    bar.step(5000, 10_000)
    bar.close()
    assert stream.getvalue() == "rows: 5,000 of 10,000\n"
