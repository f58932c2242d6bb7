from __future__ import annotations

import json

import pytest

from jury.verdict import PRESETS, Answer, QuestionSchema, collapse, safety_schema
from tests.jury.policy.cases import TAXONOMY

SEVERE = safety_schema(severity=True)


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        (Answer("safe"), []),
        (Answer("needs_caution"), []),
        (Answer("unsafe", ("threat",)), []),
        (Answer("unsafe", ("other",)), []),
        (Answer("harmless"), ["unknown_value"]),
        (Answer("safe", ("threat",)), ["categories_not_asked"]),
        (Answer("needs_caution", ("threat",)), ["categories_not_asked"]),
        (Answer("unsafe"), ["category_required"]),
        (Answer("unsafe", ("fog",)), ["unknown_category"]),
        (Answer("unsafe", ("threat", "threat")), ["duplicate_category"]),
        (Answer("unsafe", ("threat",), severity="high"), ["severity_not_asked"]),
    ],
)
def test_an_answer_is_checked_by_its_question(given: Answer, codes: list[str]) -> None:
    found = PRESETS["safety"].problems(given, TAXONOMY)
    assert [problem.code for problem in found] == codes


def test_severity_is_checked_where_asked() -> None:
    assert SEVERE.problems(Answer("unsafe", ("threat",), severity="high"), TAXONOMY) == ()
    (problem,) = SEVERE.problems(Answer("unsafe", ("threat",), severity="11"), TAXONOMY)
    assert (problem.field, problem.code) == ("severity", "unknown_severity")


def test_a_question_without_categories_needs_no_taxonomy() -> None:
    assert PRESETS["refusal"].problems(Answer("unsure")) == ()
    (problem,) = PRESETS["refusal"].problems(Answer("yes", ("threat",)))
    assert problem.code == "categories_not_asked"


def test_categories_are_sorted() -> None:
    assert Answer("unsafe", ("threat", "harassment")) == Answer("unsafe", ("harassment", "threat"))


@pytest.mark.parametrize(
    "schema", [*PRESETS.values(), SEVERE], ids=lambda s: f"{s.key}-{len(s.severity)}"
)
def test_a_schema_survives_its_document(schema: QuestionSchema) -> None:
    assert QuestionSchema.from_document(json.loads(json.dumps(schema.to_document()))) == schema


def test_an_answer_survives_its_document() -> None:
    given = Answer("unsafe", ("other",), severity="low", other="a risk")
    assert Answer.from_document(json.loads(json.dumps(given.to_document()))) == given


@pytest.mark.parametrize(
    ("question", "targets"),
    [
        ("safety", {"prompt", "response", "response_0", "response_1", "dialogue", "turn:0"}),
        ("refusal", {"response", "response_0", "response_1"}),
        ("helpful", {"pair"}),
    ],
)
def test_a_question_applies_to_its_targets(question: str, targets: set[str]) -> None:
    everything = ["prompt", "response", "response_0", "response_1", "dialogue", "turn:0", "pair"]
    assert {each for each in everything if PRESETS[question].applies_to(each)} == targets


def test_collapsing_reads_caution_by_the_switch() -> None:
    assert collapse("needs_caution", "permissive") == "safe"
    assert collapse("needs_caution", "defensive") == "unsafe"
    assert collapse("safe", "defensive") == "safe"
    assert collapse("something else", "defensive") == "something else"
    assert PRESETS["refusal"].collapse("unsure", "defensive") == "unsure"


def test_only_safety_collapses() -> None:
    assert [key for key, schema in PRESETS.items() if schema.collapses] == ["safety"]


def test_an_unknown_value_keeps_its_own_label() -> None:
    assert PRESETS["safety"].label("needs_caution") == "Needs caution"
    assert PRESETS["safety"].label("harmless") == "harmless"
