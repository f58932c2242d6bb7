from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from annotator.accounts.models import Person
from annotator.audit.models import Event
from annotator.catalog.queries import ProjectView, members
from annotator.core.errors import Invalid
from annotator.flow.intake import import_items
from annotator.flow.stored_votes import VoteReport, import_votes
from annotator.intake.models import Item
from annotator.labeling.models import Annotation, Assignment, Vote
from annotator.panel.models import Inquiry, Juror, JurorVersion, Opinion
from annotator.panel.models import Vote as JurorVote
from annotator.quality.models import Ruling
from tests.flow.projects import JUROR, project

pytestmark = pytest.mark.django_db

V: dict[str, object] = {
    "item": "a",
    "target": "prompt",
    "rater": "r1",
    "kind": "human",
    "state": "given",
    "safety": "safe",
}
R: dict[str, object] = {**V, "target": "response"}
J: dict[str, object] = {**V, "rater": "judge-x", "kind": "juror"}


def with_items(folder: Path, **changes: object) -> ProjectView:
    view = project(**changes)
    path = folder / "items.jsonl"
    pair = {"prompt": "Hello?", "response": "Good day.", "response_0": "A", "response_1": "B"}
    path.write_text(
        "".join(json.dumps({"id": name, **pair}) + "\n" for name in ("a", "b")),
        encoding="utf-8",
    )
    import_items(path, project=view)
    return view


def votes(folder: Path, view: ProjectView, *rows: Mapping[str, object]) -> VoteReport:
    path = folder / "votes.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return import_votes(path, project=view, errors=folder / "errors.jsonl")


def told(folder: Path) -> list[tuple[int, str]]:
    lines = (folder / "errors.jsonl").read_text(encoding="utf-8").splitlines()
    return [(entry["line"], entry["code"]) for entry in map(json.loads, lines)]


def test_votes_are_stored_counted_and_move_items_on(tmp_path: Path) -> None:
    view = with_items(tmp_path)
    rows = [{**row, "rater": f"r{n}"} for n in range(3) for row in (V, R)]
    report = votes(tmp_path, view, *rows)
    assert (report.rows, report.imported, report.raters) == (6, 6, 3)
    # One annotation a person and item, over all its targets.
    assert Annotation.objects.count() == 3
    assert Vote.objects.filter(counts=True).count() == 6
    assert Item.objects.get(external_id="a").state == "settled"
    assert Ruling.objects.filter(current=True, value="safe").count() == 2
    # The seats that were open are not needed any more.
    assert not Assignment.objects.filter(item__external_id="a", state="open").exists()
    assert Item.objects.get(external_id="b").state == "open"
    assert not Item.objects.filter(due_at__isnull=False).exists()


def test_the_same_votes_again_add_nothing(tmp_path: Path) -> None:
    view = with_items(tmp_path)
    rows = [V, R, {**V, "rater": "r2", "state": "skipped", "reason": "language"}, J]
    assert votes(tmp_path, view, *rows).imported == 4
    again = votes(tmp_path, view, *rows)
    assert (again.imported, again.already_present, again.rejected) == (0, 4, 0)
    assert (Vote.objects.count(), JurorVote.objects.count()) == (2, 1)


def test_raters_are_people_of_the_project_who_cannot_sign_in(tmp_path: Path) -> None:
    view = with_items(tmp_path)
    votes(tmp_path, view, V)
    person = Person.objects.get(imported_for="p1")
    assert (person.username, person.display_name) == ("p1/r1", "r1")
    assert not person.has_usable_password()
    member = next(m for m in members(view.id) if m.imported)
    assert member.pseudonym.startswith("p-")
    assert "r1" not in member.pseudonym


def test_what_the_file_says_about_a_vote_is_kept(tmp_path: Path) -> None:
    view = with_items(tmp_path, severity=True)
    row = {
        **V,
        "safety": "Unsafe",
        "categories": "Violence|threat",
        "severity": "High",
        "seconds": 12.5,
        "round": 2,
        "at": "2024-05-01T10:00:00+02:00",
    }
    assert votes(tmp_path, view, row).imported == 1
    vote = Vote.objects.get()
    assert (vote.value, vote.categories, vote.severity) == (
        "unsafe",
        ["threat", "violence"],
        "high",
    )
    assert not vote.irregular
    annotation = vote.annotation
    assert annotation.seconds == 12.5
    assert annotation.evidence_at == datetime(2024, 5, 1, 8, tzinfo=UTC)
    assert (annotation.assignment.round, annotation.assignment.reason) == (2, "imported")
    assert annotation.assignment.asks == {"prompt": ["safety"]}
    assert annotation.taxonomy_version == "aegis2@2.0"


@pytest.mark.parametrize(
    ("changes", "irregular"),
    [
        ({"safety": "safe", "categories": "violence"}, True),
        ({"safety": "unsafe"}, True),
        ({"safety": "needs caution"}, False),
        ({"safety": "UNSAFE", "categories": ["hate"]}, False),
    ],
)
def test_unusual_votes_are_kept_as_they_are(
    tmp_path: Path, changes: dict[str, object], *, irregular: bool
) -> None:
    view = with_items(tmp_path)
    assert votes(tmp_path, view, {**V, **changes}).imported == 1
    assert Vote.objects.get().irregular is irregular


BAD: list[tuple[dict[str, object], str]] = [
    ({"item": "zz"}, "unknown_item"),
    ({"target": "dialogue"}, "unknown_target"),
    ({"rater": ""}, "missing"),
    ({"kind": "robot"}, "unknown_value"),
    ({"state": "maybe"}, "unknown_value"),
    ({"safety": "so-so"}, "unknown_value"),
    ({"safety": ""}, "no_answer"),
    ({"safety": "unsafe", "categories": "violence|dragons"}, "unknown_category"),
    ({"seconds": "fast"}, "not_a_number"),
    ({"seconds": -1}, "not_a_number"),
    ({"round": 0}, "not_a_number"),
    ({"phase": "later"}, "unknown_value"),
    ({"superseded": "perhaps"}, "not_a_flag"),
    ({"at": "yesterday"}, "not_a_time"),
    ({"rater": "r" * 61}, "too_long"),
]


def test_bad_rows_are_explained(tmp_path: Path) -> None:
    view = with_items(tmp_path)
    report = votes(tmp_path, view, V, *({**V, "rater": "r9", **changes} for changes, _ in BAD))
    assert (report.imported, report.rejected) == (1, len(BAD))
    assert told(tmp_path) == [(n, code) for n, (_, code) in enumerate(BAD, start=2)]


def test_an_unknown_column_refuses_the_file(tmp_path: Path) -> None:
    view = with_items(tmp_path)
    with pytest.raises(Invalid) as caught:
        votes(tmp_path, view, {"item": "a", "rater": "r1", "label": "safe"})
    assert list(caught.value.fields) == ["label"]


def test_an_id_that_two_items_have_needs_its_batch(tmp_path: Path) -> None:
    view = with_items(tmp_path)
    path = tmp_path / "more.jsonl"
    path.write_text('{"id": "a", "prompt": "Other text"}\n', encoding="utf-8")
    import_items(path, project=view)
    assert votes(tmp_path, view, V).rejected == 1
    assert told(tmp_path) == [(1, "ambiguous_item")]
    report = import_votes(tmp_path / "votes.jsonl", project=view, batch=2)
    assert report.imported == 1


def test_a_second_vote_is_refused_unless_the_older_is_superseded(tmp_path: Path) -> None:
    view = with_items(tmp_path)
    report = votes(tmp_path, view, V, {**V, "safety": "unsafe", "categories": "hate"})
    assert (report.imported, told(tmp_path)) == (1, [(2, "second_vote")])
    older = {**V, "safety": "needs_caution", "superseded": True}
    assert votes(tmp_path, view, older).imported == 1
    assert votes(tmp_path, view, older).already_present == 1
    chain = Annotation.objects.order_by("revision")
    assert [(row.revision, row.latest) for row in chain] == [(1, True), (2, False)]
    assert Vote.objects.get(counts=True).value == "safe"


def test_votes_after_the_reveal_do_not_count(tmp_path: Path) -> None:
    view = with_items(tmp_path)
    votes(tmp_path, view, {**V, "phase": "after_reveal"})
    assert Vote.objects.filter(counts=False).count() == 1


def test_a_skip_is_a_seat_without_an_annotation(tmp_path: Path) -> None:
    view = with_items(tmp_path)
    skip = {**V, "state": "skipped", "reason": "too_harmful", "safety": None}
    assert votes(tmp_path, view, skip, V).imported == 1
    assert told(tmp_path) == [(2, "second_vote")]
    seat = Assignment.objects.get(reason="imported")
    assert (seat.state, seat.skip_reason) == ("skipped", "too_harmful")
    assert not Annotation.objects.exists()


def test_jurors_opinions_and_abstentions_are_stored(tmp_path: Path) -> None:
    view = with_items(tmp_path)
    report = votes(
        tmp_path,
        view,
        {**J, "model": "m-1", "juror_version": "7"},
        {**J, "target": "response", "model": "m-1", "juror_version": "7", "state": "abstained",
         "reason": "refused", "safety": None},
        {**J, "item": "b", "state": "abstained", "model": "m-1", "juror_version": "7"},
    )  # fmt: skip
    assert (report.imported, report.raters) == (3, 1)
    juror = Juror.objects.get()
    assert (juror.name, juror.model, juror.active, juror.base_url) == (
        "judge-x",
        "m-1",
        False,
        "",
    )
    assert JurorVersion.objects.get().components["imported"] is True
    states = dict(Inquiry.objects.values_list("item__external_id", "state"))
    assert states == {"a": "given", "b": "abstained"}
    assert sorted(Opinion.objects.values_list("state", "reason")) == [
        ("abstained", ""),
        ("abstained", "refused"),
        ("given", ""),
    ]
    assert JurorVote.objects.get().counts


def test_a_configured_juror_is_not_spoken_for(tmp_path: Path) -> None:
    view = with_items(tmp_path, root={"juror": [JUROR]})
    assert votes(tmp_path, view, {**J, "rater": "j1"}).rejected == 1
    assert told(tmp_path) == [(1, "juror_configured")]


def test_questions_of_the_project_are_columns(tmp_path: Path) -> None:
    view = with_items(
        tmp_path, targets=["response_0", "response_1"], questions=["helpful", "safer"]
    )
    row = {**V, "target": "pair", "helpful": "First", "safer": "tie"}
    row.pop("safety")
    path = tmp_path / "votes.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(row))
        writer.writeheader()
        writer.writerow(row)
    assert import_votes(path, project=view).imported == 1
    assert dict(Vote.objects.values_list("question", "value")) == {
        "helpful": "first",
        "safer": "tie",
    }


def test_the_import_is_an_event(tmp_path: Path) -> None:
    view = with_items(tmp_path)
    votes(tmp_path, view, V)
    event = Event.objects.get(verb="votes.imported")
    assert event.data["imported"] == 1
    assert "r1" not in json.dumps(event.data)


def test_rows_may_come_in_any_order(tmp_path: Path) -> None:
    view = with_items(tmp_path)
    rows: Sequence[Mapping[str, object]] = [V, {**V, "item": "b"}, R, {**R, "item": "b"}]
    assert votes(tmp_path, view, *rows[:2]).imported == 2
    assert votes(tmp_path, view, *rows[2:]).imported == 2
    assert Annotation.objects.count() == 2
    asks = Assignment.objects.filter(reason="imported").values_list("asks", flat=True)
    assert list(asks) == [{"prompt": ["safety"], "response": ["safety"]}] * 2
