from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from annotator.core.errors import Conflict, Invalid, TooLarge, Unreadable
from annotator.flow.intake import ImportReport, import_items, preview
from annotator.intake.models import Batch, Item, ItemText, Turn, Unit
from annotator.intake.queries import batches, near_duplicates, state_counts
from annotator.labeling.models import Assignment
from tests.flow.projects import JUROR, project

pytestmark = pytest.mark.django_db

PAIR: dict[str, object] = {"id": "a", "prompt": "Hello?", "response": "Good day."}


def rows(folder: Path, entries: Sequence[Mapping[str, object]], name: str = "x.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in entries), encoding="utf-8")
    return path


def run(folder: Path, *entries: Mapping[str, object], **changes: object) -> ImportReport:
    return import_items(rows(folder, entries), project=project(**changes))


def turns(external_id: str = "a") -> list[tuple[str, str, str]]:
    return [
        (turn.role, turn.text.text, turn.target)
        for turn in Turn.objects.filter(item__external_id=external_id).select_related("text")
    ]


def units(external_id: str = "a") -> list[str]:
    return [unit.target for unit in Unit.objects.filter(item__external_id=external_id)]


def test_a_pair_becomes_two_units_with_the_overlaps_seats(tmp_path: Path) -> None:
    report = run(tmp_path, {**PAIR, "language": "en", "topic": "greeting", "metadata": {"n": 1}})
    assert (report.rows, report.imported, report.rejected) == (1, 1, 0)
    assert report.errors_file is None
    assert turns() == [("user", "Hello?", "prompt"), ("assistant", "Good day.", "response")]
    assert units() == ["prompt", "response"]
    item = Item.objects.get()
    assert (item.language, item.metadata) == ("en", {"n": 1, "topic": "greeting"})
    seats = Assignment.objects.filter(item=item, state="open")
    assert seats.count() == 3
    assert seats[0].asks == {"prompt": ["safety"], "response": ["safety"]}
    assert state_counts(item.project_id)["open"] == 1


@pytest.mark.parametrize("response", [None, "absent"])
def test_no_response_means_no_unit(tmp_path: Path, response: str | None) -> None:
    row = {"id": "a", "prompt": "Hello?"} | ({"response": None} if response is None else {})
    run(tmp_path, row)
    assert units() == ["prompt"]


def test_an_empty_response_is_judged_and_nothing_is_trimmed(tmp_path: Path) -> None:
    run(tmp_path, {"id": "a", "prompt": "  Hello \n", "response": ""})
    assert turns() == [("user", "  Hello \n", "prompt"), ("assistant", "", "response")]
    assert units() == ["prompt", "response"]


def test_of_messages_the_last_user_message_is_the_prompt(tmp_path: Path) -> None:
    said = [("user", "one"), ("assistant", "two"), ("user", "three"), ("assistant", "four")]
    messages = [{"role": role, "content": content} for role, content in said]
    run(tmp_path, {"id": "a", "messages": messages, "system": "Be kind."})
    assert turns() == [
        ("system", "Be kind.", ""),
        ("user", "one", ""),
        ("assistant", "two", ""),
        ("user", "three", "prompt"),
        ("assistant", "four", "response"),
    ]


def test_a_dialogue_is_one_unit_and_turns_are_many(tmp_path: Path) -> None:
    messages = [{"role": "assistant", "content": "hi"}, {"role": "user", "content": "ho"}]
    run(tmp_path, {"id": "a", "messages": messages}, targets=["dialogue"])
    assert units() == ["dialogue"]
    run(tmp_path, {"id": "b", "messages": messages}, slug="p2", targets=["turn"])
    assert units("b") == ["turn:0", "turn:1"]
    assert [target for *_, target in turns("b")] == ["turn:0", "turn:1"]
    asked = Assignment.objects.filter(item__external_id="b")[0].asks
    assert asked == {"turn:0": ["safety"], "turn:1": ["safety"]}


def test_two_responses_are_compared(tmp_path: Path) -> None:
    row = {"id": "a", "prompt": "Tea?", "response_0": "Yes.", "response_1": "No."}
    comparing = {"targets": ["response_0", "response_1"], "questions": ["helpful", "safer"]}
    run(tmp_path, row, **comparing)
    assert units() == ["pair"]
    assert [target for *_, target in turns()] == ["", "response_0", "response_1"]
    run(tmp_path, row, slug="p2", targets=["response"], questions=["safety"])
    # Without such targets the columns are columns like others.
    assert Item.objects.filter(project__slug="p2").count() == 0


def test_the_same_file_again_adds_nothing(tmp_path: Path) -> None:
    view = project()
    path = rows(tmp_path, [PAIR, {"prompt": "No id"}])
    first = import_items(path, project=view)
    again = import_items(path, project=view)
    assert (first.imported, again.imported, again.already_present) == (2, 0, 2)
    assert first.sha256 == again.sha256
    repeated = import_items(path, project=view, repeat=True)
    assert (repeated.imported, repeated.id_reused, repeated.duplicate_text) == (2, 0, 0)
    assert [batch.imported for batch in batches(view.id)] == [2, 0, 2]


def test_reused_ids_and_repeated_texts_are_items_of_their_own(tmp_path: Path) -> None:
    report = run(
        tmp_path,
        PAIR,
        {**PAIR, "response": "Go away."},
        {**PAIR, "id": "b"},
        PAIR,
    )
    assert report.document() == {
        "file": "x.jsonl",
        "sha256": report.sha256,
        "rows": 4,
        "imported": 3,
        "already_present": 1,
        "rejected": 0,
        "id_reused": 1,
        "duplicate_text": 1,
        "errors_file": None,
    }
    # A text is stored once, whoever says it.
    assert ItemText.objects.count() == 3
    assert Item.objects.values_list("external_id", flat=True).order_by("line")[1] == "a"


BAD: list[tuple[dict[str, object], str, str]] = [
    ({"response": "x"}, "prompt", "missing"),
    ({"prompt": 5}, "prompt", "not_text"),
    ({"prompt": "x", "messages": []}, "messages", "both_forms"),
    ({"messages": []}, "messages", "not_messages"),
    ({"messages": [{"role": "user"}]}, "messages[0]", "not_a_message"),
    ({"messages": [{"role": "king", "content": "x"}]}, "messages[0].role", "unknown_role"),
    ({"messages": [{"role": "user", "content": None}]}, "messages[0].content", "not_text"),
    ({"messages": [{"role": "assistant", "content": "x"}]}, "", "nothing_to_judge"),
    ({"prompt": "x", "id": "i" * 401}, "id", "too_long"),
    ({"prompt": "x", "id": ""}, "id", "empty"),
    ({"prompt": "x", "id": ["a"]}, "id", "not_text"),
    ({"prompt": "x", "metadata": [1]}, "metadata", "not_an_object"),
    ({"prompt": "x", "n": 1, "metadata": {"n": 1}}, "n", "duplicate_key"),
]


def test_bad_rows_are_explained_and_the_others_imported(tmp_path: Path) -> None:
    entries = [*(row for row, *_ in BAD), PAIR]
    errors = tmp_path / "errors.jsonl"
    report = import_items(rows(tmp_path, entries), project=project(), errors=errors)
    assert (report.imported, report.rejected, report.rows) == (1, len(BAD), len(BAD) + 1)
    told = [json.loads(line) for line in errors.read_text(encoding="utf-8").splitlines()]
    assert [(e["line"], e["field"], e["code"]) for e in told] == [
        (line, field, code) for line, (_, field, code) in enumerate(BAD, start=1)
    ]
    assert all(e["message"] for e in told)
    assert report.errors_file == str(errors)


def test_strict_writes_nothing_at_all(tmp_path: Path) -> None:
    path = rows(tmp_path, [PAIR, {"prompt": 5}])
    report = import_items(path, project=project(), strict=True)
    assert (report.imported, report.rows) == (0, 2)
    assert report.errors_file is not None
    assert len(Path(report.errors_file).read_text(encoding="utf-8").splitlines()) == 1
    assert not Item.objects.exists()
    assert not Batch.objects.exists()


def test_a_file_as_a_whole_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    view = project()
    odd = tmp_path / "x.jsonl"
    odd.write_bytes('{"prompt": "x"}\n'.encode("utf-16"))
    for path, error in ((odd, Unreadable), (tmp_path / "absent.csv", Unreadable)):
        with pytest.raises(error):
            import_items(path, project=view)
    with pytest.raises(Invalid, match="colour"):
        import_items(rows(tmp_path, [PAIR]), project=view, mapping={"colour": "x"})
    assert not Batch.objects.exists()
    assert issubclass(TooLarge, Exception)


def test_columns_are_mapped_and_csv_cells_hold_json(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(
        'key,messages,prompt,note\nk1,"[{""role"": ""user"", ""content"": ""Hi""}]",,n\n'
        "k2,,Hello,\n",
        encoding="utf-8",
    )
    report = import_items(path, project=project(), mapping={"id": "key"})
    assert (report.imported, report.rejected) == (2, 0)
    assert Item.objects.get(external_id="k1").metadata == {"note": "n"}
    assert units("k2") == ["prompt"]


def test_a_file_name_is_only_ever_shown(tmp_path: Path) -> None:
    path = rows(tmp_path, [PAIR])
    import_items(path, project=project(), filename="../../\u202etxt.exe\0" + "n" * 400)
    name = Batch.objects.get().filename
    assert len(name) <= 255
    assert "/" not in name
    assert name.isprintable()


LONG = "The quick brown fox jumps over the lazy dog while the cat sleeps on the warm red sofa"


def test_near_duplicates_are_marked_and_kept(tmp_path: Path) -> None:
    report = run(
        tmp_path,
        {"id": "a", "prompt": LONG},
        {"id": "b", "prompt": LONG.upper() + "!"},
        {"id": "c", "prompt": LONG + " today"},
        {"id": "d", "prompt": "Something else altogether, about bread and butter in the morning"},
    )
    assert report.imported == 4
    pairs = near_duplicates(Item.objects.first().project_id)  # type: ignore[union-attr]
    assert [(p.item_external_id, p.near_external_id) for p in pairs] == [("b", "a"), ("c", "a")]


def test_a_preview_writes_nothing_and_tells_what_would_happen(tmp_path: Path) -> None:
    view = project()
    path = rows(
        tmp_path,
        [
            {"uid": "a", "instruction": "Write to jane@example.org", "answer": "Sure"},
            {"uid": "b", "instruction": LONG},
            {"uid": "c", "instruction": LONG},
            {"uid": "d", "instruction": 4},
        ],
    )
    blind = preview(path, mapping={}, project=view)
    assert blind.suggested == {"id": "uid", "prompt": "instruction", "response": "answer"}
    assert blind.checks.problems == {"missing": 4}
    seen = preview(path, mapping=blind.suggested, project=view)
    assert seen.columns == ("uid", "instruction", "answer")
    assert seen.sample[0]["uid"] == "a"
    checks = seen.checks
    assert (checks.looked_at, checks.good, checks.problems) == (4, 3, {"not_text": 1})
    assert (checks.near_duplicates, checks.personal_data, checks.already_present) == (1, 1, 0)
    assert not Item.objects.exists()


class Interrupted(Exception):
    """The test's own stop."""


class StopAfterOne:
    def step(self, done: int, total: int | None) -> None:
        raise Interrupted


def test_an_interrupted_import_goes_on_where_it_was(tmp_path: Path) -> None:
    view = project(overlap=1)
    path = rows(tmp_path, [{"id": f"i{n}", "prompt": f"Question {n}"} for n in range(1200)])
    with pytest.raises(Interrupted):
        import_items(path, project=view, progress=StopAfterOne())
    assert Item.objects.count() == 1000
    report = import_items(path, project=view)
    assert (report.imported, report.already_present) == (200, 1000)
    assert Assignment.objects.count() == 1200


def test_seats_follow_what_the_project_is_when_they_are_opened(tmp_path: Path) -> None:
    """Whoever imports looked at the project before somebody else set it up anew."""
    stale = project()
    project(overlap=2, root={"juror": [JUROR]})
    import_items(rows(tmp_path, [PAIR]), project=stale)
    assert Assignment.objects.count() == 2


def test_a_file_read_for_other_targets_is_refused(tmp_path: Path) -> None:
    stale = project()
    project(targets=["response"])
    with pytest.raises(Conflict):
        import_items(rows(tmp_path, [PAIR]), project=stale)
    assert not Item.objects.exists()
    fresh = project(targets=["response"])
    assert import_items(rows(tmp_path, [PAIR]), project=fresh).imported == 1
    assert units() == ["response"]
