"""The sample's texts, its planted truth and the starter guideline hold together."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

ROOT: Final = Path(__file__).resolve().parents[2]
SAMPLE: Final = ROOT / "annotator" / "sample"
PRESETS: Final = ROOT / "annotator" / "catalog" / "presets"
VERDICTS: Final = {"safe", "needs_caution", "unsafe"}
LONG: Final = 800
Row = dict[str, Any]


def _lines(name: str) -> list[Row]:
    text = (SAMPLE / name).read_text(encoding="utf-8")
    assert text.endswith("\n")
    assert "\r" not in text
    return [json.loads(line) for line in text.splitlines()]


def _yaml(path: Path) -> Row:
    loaded: Row = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def items() -> list[Row]:
    return _lines("interactions.jsonl")


@pytest.fixture(scope="module")
def truth() -> list[Row]:
    return _lines("truth.jsonl")


@pytest.fixture(scope="module")
def guideline() -> Row:
    return _yaml(PRESETS / "guidelines" / "aegis2.yaml")


@pytest.fixture(scope="module")
def categories() -> set[str]:
    taxonomy = _yaml(PRESETS / "taxonomies" / "aegis2.yaml")
    return {row["id"] for row in taxonomy["categories"] if row["group"] != "verdict"}


def _kind(item: Row) -> str:
    if "messages" in item:
        return "messages"
    return "pair" if "response" in item else "prompt"


def _prompt(item: Row) -> str:
    if "messages" in item:
        return "\n".join(message["content"] for message in item["messages"])
    return str(item["prompt"])


def _labels(truth: list[Row]) -> list[Row]:
    return [row[side] for row in truth for side in ("prompt", "response") if row[side]]


def _noted(truth: list[Row], note: str) -> list[Row]:
    return [row for row in truth if row["note"] == note]


def test_the_sample_has_70_prompts_130_pairs_and_40_conversations(items: list[Row]) -> None:
    assert Counter(map(_kind, items)) == {"prompt": 70, "pair": 130, "messages": 40}


def test_rows_are_of_the_import_form_and_give_no_truth_away(items: list[Row]) -> None:
    allowed = {
        "prompt": {"id", "prompt", "language", "metadata"},
        "pair": {"id", "prompt", "response", "language", "metadata"},
        "messages": {"id", "messages", "language", "metadata"},
    }
    for item in items:
        assert set(item) == allowed[_kind(item)], item["id"]
        assert item["metadata"] == {}


def test_conversations_have_3_to_6_messages_in_turn_and_end_with_a_response(
    items: list[Row],
) -> None:
    for item in items:
        if "messages" not in item:
            continue
        roles = [message["role"] for message in item["messages"]]
        assert 3 <= len(roles) <= 6, item["id"]
        assert roles[-2:] == ["user", "assistant"], item["id"]
        assert all(one != two for one, two in pairwise(roles)), item["id"]
        assert all(message["content"].strip() for message in item["messages"])


def test_ids_are_readable_unique_and_the_same_in_both_files(
    items: list[Row], truth: list[Row]
) -> None:
    expected = [f"HA-{number:03d}" for number in range(1, 241)]
    assert [item["id"] for item in items] == expected
    assert [row["id"] for row in truth] == expected


def test_texts_are_all_different(items: list[Row]) -> None:
    assert len({_prompt(item) for item in items}) == len(items)
    openings = Counter(_prompt(item)[:40] for item in items)
    assert [text for text, count in openings.items() if count > 1] == [
        "How do I shoot a wedding in a dark churc"
    ]


def test_texts_vary_in_length_and_language(items: list[Row]) -> None:
    lengths = [len(_prompt(item)) + len(item.get("response") or "") for item in items]
    assert sum(length >= LONG for length in lengths) >= 8
    assert sum(length <= 100 for length in lengths) >= 20
    languages = Counter(item["language"] for item in items)
    assert set(languages) == {"en", "de", "es", "ja"}
    assert languages.total() - languages["en"] >= 8


def test_truth_is_well_formed(items: list[Row], truth: list[Row], categories: set[str]) -> None:
    for item, row in zip(items, truth, strict=True):
        assert set(row) == {"id", "prompt", "response", "difficulty", "note", "batch", "state"}
        assert (row["response"] is None) == (_kind(item) == "prompt"), row["id"]
        assert 0 <= row["difficulty"] <= 1
    for label in _labels(truth):
        assert label["safety"] in VERDICTS
        assert set(label["categories"]) <= categories
        assert bool(label["categories"]) == (label["safety"] == "unsafe")


def test_verdicts_have_the_planned_shares(truth: list[Row]) -> None:
    prompts = Counter(row["prompt"]["safety"] for row in truth)
    assert prompts == {"safe": 130, "needs_caution": 29, "unsafe": 81}
    responses = Counter(row["response"]["safety"] for row in truth if row["response"])
    assert responses.total() == 170
    assert 0.7 <= responses["safe"] / responses.total() <= 0.8


def test_every_category_occurs_at_least_three_times(truth: list[Row], categories: set[str]) -> None:
    found = Counter(category for label in _labels(truth) for category in label["categories"])
    assert len(categories) == 22
    assert {category for category in categories if found[category] < 3} == set()


def test_batches_and_states_have_the_planned_sizes(truth: list[Row]) -> None:
    assert Counter(row["batch"] for row in truth) == {1: 80, 2: 80, 3: 80}
    assert Counter(row["state"] for row in truth) == {
        "settled": 150,
        "in_work": 40,
        "label_again": 20,
        "lead": 10,
        "new": 20,
    }


def test_manipulation_taken_for_harassment_stands_on_both_sides_of_the_change(
    truth: list[Row],
) -> None:
    rows = _noted(truth, "manipulation_as_harassment")
    assert len(rows) >= 14
    assert all(row["prompt"]["categories"] == ["manipulation"] for row in rows)
    before = sum(row["batch"] < 3 for row in rows)
    assert before >= 7
    assert len(rows) - before >= 7


def test_injected_texts_speak_to_the_judge_and_are_not_safe(
    items: list[Row], truth: list[Row]
) -> None:
    texts = {item["id"]: _prompt(item).casefold() for item in items}
    rows = _noted(truth, "injected")
    assert len(rows) >= 8
    for row in rows:
        assert row["prompt"]["safety"] != "safe"
        assert "safe" in texts[row["id"]]


def test_exactly_two_items_are_contested_and_with_the_lead(truth: list[Row]) -> None:
    assert [row["state"] for row in _noted(truth, "contested")] == ["lead", "lead"]


def test_the_near_duplicates_differ_in_one_character_and_are_settled(
    items: list[Row], truth: list[Row]
) -> None:
    rows = _noted(truth, "near_duplicate")
    assert [row["state"] for row in rows] == ["settled", "settled"]
    assert rows[0]["prompt"] == rows[1]["prompt"]
    texts = {item["id"]: _prompt(item) for item in items}
    one, two = (texts[row["id"]] for row in rows)
    assert one != two
    assert one[:-1] == two[:-1]


def test_the_guideline_has_a_section_for_every_category(
    guideline: Row, categories: set[str]
) -> None:
    sections = guideline["categories"]
    assert guideline["guideline"]["version"] == "1.0"
    assert [row["section"] for row in sections] == [f"4.{number}" for number in range(1, 23)]
    assert {row["category"] for row in sections} == categories
    for row in sections:
        assert row["rule"]
        assert row["not_meant"]
        assert [example["verdict"] for example in row["examples"]] == [
            "safe",
            "needs_caution",
            "unsafe",
        ]


def test_the_guideline_tells_a_dozen_pairs_apart(guideline: Row, categories: set[str]) -> None:
    pairs = {frozenset((row["first"], row["second"])) for row in guideline["deconfliction"]}
    assert len(pairs) == len(guideline["deconfliction"])
    assert len(pairs) >= 12
    assert all(len(pair) == 2 and pair <= categories for pair in pairs)
    assert all(row["text"] for row in guideline["deconfliction"])


def test_the_change_replaces_the_section_on_manipulation_and_says_why(guideline: Row) -> None:
    change = _yaml(SAMPLE / "guideline_change.yaml")
    assert (change["previous"], change["version"]) == ("1.0", "1.1")
    assert change["why"]
    (section,) = change["categories"]
    old = {row["category"]: row for row in guideline["categories"]}["manipulation"]
    assert (section["section"], section["category"]) == (old["section"], "manipulation")
    assert section["rule"] != old["rule"]
    assert section["changed"]
    (pair,) = change["deconfliction"]
    assert {pair["first"], pair["second"]} == {"manipulation", "harassment"}
