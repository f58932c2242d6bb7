from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jury.policy.decision import CategoryCount, explain
from jury.policy.facts import ItemFacts
from jury.policy.words import REASONS
from jury.verdict import PRESETS, Answer, safety_schema
from tests.jury.policy.cases import SAFETY, TAXONOMY, answer, decide, jury, policy, unit, votes

CAST = (
    "safe",
    "needs_caution",
    "unsafe threat",
    "unsafe threat harassment",
    "unsafe weapons",
)
Case = tuple[list[str], dict[str, object], str, str | None, tuple[str, ...]]

CASES: dict[str, Case] = {
    "all agree": (["safe"] * 3, {}, "settled", "safe", ()),
    "two thirds settle": (
        ["unsafe threat", "unsafe threat", "safe"],
        {},
        "settled",
        "unsafe threat",
        (),
    ),
    "caution is read as safe": (
        ["needs_caution"] * 2 + ["unsafe threat"],
        {},
        "settled",
        "needs_caution",
        (),
    ),
    "caution is read as unsafe": (
        ["needs_caution", "unsafe threat", "safe", "unsafe threat"],
        {"caution": "defensive"},
        "settled",
        "unsafe threat",
        (),
    ),
    "in a class the more cautious value wins a tie": (
        ["safe", "safe", "needs_caution", "needs_caution"],
        {},
        "settled",
        "needs_caution",
        (),
    ),
    "one each is no majority": (
        ["safe", "needs_caution", "unsafe threat"],
        {},
        "reannotate",
        None,
        ("no_majority",),
    ),
    "half is no majority": (
        ["safe", "safe", "unsafe threat", "unsafe threat"],
        {},
        "reannotate",
        None,
        ("no_majority",),
    ),
    "a higher bar": (
        ["safe", "safe", "unsafe threat"],
        {"min_share": 0.75},
        "reannotate",
        None,
        ("low_share",),
    ),
    "at the end a lead": (
        ["safe", "safe", "safe", "unsafe threat", "unsafe threat"],
        {},
        "adjudicate",
        None,
        ("low_share", "max_votes"),
    ),
    "below the floor": (["safe", "safe"], {}, "reannotate", None, ("below_floor",)),
    "a lower floor": (["safe", "safe"], {"human_floor": 2}, "settled", "safe", ()),
    "severe never alone": (
        ["unsafe weapons"],
        {"human_floor": 1},
        "reannotate",
        None,
        ("severe_floor",),
    ),
    "category tie": (
        ["unsafe threat", "unsafe harassment", "safe"],
        {},
        "reannotate",
        None,
        ("category_tie",),
    ),
    "no common category": (
        ["unsafe threat", "unsafe harassment", "unsafe other"],
        {},
        "reannotate",
        None,
        ("no_common_category",),
    ),
    "category tie at the end": (
        ["unsafe threat", "unsafe threat", "unsafe other", "unsafe other", "safe"],
        {},
        "adjudicate",
        None,
        ("category_tie", "max_votes"),
    ),
    "verdict only": (
        ["unsafe threat", "unsafe harassment", "safe"],
        {"categories": "verdict_only"},
        "settled",
        "unsafe",
        (),
    ),
    "votes without categories do not block": (
        ["unsafe", "unsafe", "safe"],
        {},
        "settled",
        "unsafe",
        (),
    ),
    "a vote without categories was not asked": (
        ["unsafe threat", "unsafe", "safe"],
        {},
        "settled",
        "unsafe threat",
        (),
    ),
    "irregular categories of safe votes are left out": (
        ["safe threat"] * 3,
        {},
        "settled",
        "safe",
        (),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_votes_lead_to_outcome(name: str) -> None:
    cast, options, outcome, ruling, reasons = CASES[name]
    decision = decide(policy(options=options), *votes(*cast))
    assert (decision.outcome, decision.reasons) == (outcome, reasons)
    assert decision.answer == (answer(ruling) if ruling else None)
    assert decision.human_judged == (outcome == "settled")
    assert (decision.source, decision.rule) == (
        ("human_majority", "majority") if outcome == "settled" else ("", "")
    )


@pytest.mark.parametrize(
    ("cast", "outcome", "reasons"),
    [
        ((), "waiting", ("votes_pending",)),
        (("safe", "safe"), "waiting", ("votes_pending",)),
        (
            ("safe", "safe", "unsafe threat", "unsafe threat"),
            "waiting",
            ("no_majority", "second_opinion_pending"),
        ),
        (
            ("safe",) * 5 + ("unsafe threat",) * 4,
            "waiting",
            ("low_share", "second_opinion_pending"),
        ),
        (("safe", "safe", "safe"), "settled", ()),
    ],
)
def test_a_pending_seat_is_waited_for_unless_it_cannot_matter(
    cast: tuple[str, ...], outcome: str, reasons: tuple[str, ...]
) -> None:
    decision = decide(policy(), *votes(*cast), seats_pending=1)
    assert (decision.outcome, decision.reasons) == (outcome, reasons)


def test_severe_floor_stands_above_max_votes() -> None:
    judge = policy(options={"max_votes": 1}, overlap=1)
    assert decide(judge, *votes("unsafe weapons")).outcome == "reannotate"
    assert decide(judge, *votes("unsafe weapons", "safe")).outcome == "adjudicate"


def test_a_lead_overrules_and_contested_is_kept() -> None:
    ruled = Answer("unsafe", ("threat",))
    decision = decide(
        policy(), *votes("safe", "safe", "safe"), adjudicated=ruled, adjudicated_contested=True
    )
    assert (decision.outcome, decision.answer, decision.source) == ("settled", ruled, "adjudicator")
    assert (decision.rule, decision.contested, decision.human_judged) == (
        "adjudication",
        True,
        True,
    )


def test_both_readings_and_minority_categories_are_kept() -> None:
    cast = votes(
        "needs_caution",
        "needs_caution",
        "unsafe threat harassment",
        "unsafe threat",
        "unsafe threat",
    )
    decision = decide(policy(), *cast)
    assert decision.evidence["permissive"] == {"value": "unsafe", "share": 0.6}
    assert decision.evidence["defensive"] == {"value": "unsafe", "share": 1.0}
    assert decision.evidence["categories"] == {"harassment": [1, 3], "threat": [3, 3]}
    assert decision.evidence["minority_categories"] == ["harassment"]
    assert decision.evidence["votes"] == {"safe": 0, "needs_caution": 2, "unsafe": 3}
    assert json.loads(json.dumps(dict(decision.evidence))) == dict(decision.evidence)


def test_the_jury_does_not_reach_a_policy_that_does_not_read_it() -> None:
    cast = votes("safe", "safe", "safe")
    assert decide(policy(), *cast) == decide(policy(), *cast, *jury("unsafe weapons"))


def test_severity_of_the_ruling_is_the_graver_of_the_most_frequent() -> None:
    schema = safety_schema(severity=True)
    cast = tuple(
        replace(vote, answer=replace(vote.answer, severity=level))
        for vote, level in zip(
            votes("unsafe threat", "unsafe threat", "safe"), ("low", "high", ""), strict=True
        )
    )
    facts = replace(unit("prompt", *cast), schema=schema)
    (decision,) = policy().decide(ItemFacts(1, has_response=False, units=(facts,)))
    assert decision.answer == Answer("unsafe", ("threat",), severity="high")


def test_questions_without_safety_go_through_the_same_machinery() -> None:
    facts = replace(
        unit("response", *votes("yes", "yes", "unsure")),
        schema=PRESETS["refusal"],
        question="refusal",
    )
    (decision,) = policy().decide(ItemFacts(1, has_response=True, units=(facts,)))
    assert decision.answer == Answer("yes")
    assert "permissive" not in decision.evidence


def test_a_unit_nobody_is_asked_about_waits() -> None:
    assert decide(policy(), asked_of_people=False).reasons == ("not_asked",)


ANSWERS = st.sampled_from(
    [
        "safe",
        "needs_caution",
        "unsafe threat",
        "unsafe harassment",
        "unsafe threat weapons",
        "unsafe",
    ],
)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(ANSWERS, max_size=7),
    st.randoms(use_true_random=False),
    st.sampled_from(["majority", "low_agreement"]),
)
def test_order_of_votes_never_matters(cast: list[str], random: object, name: str) -> None:
    given_votes = list(votes(*cast))
    shuffled = list(given_votes)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    judge = policy(name)
    assert decide(judge, *given_votes) == decide(judge, *shuffled)


@settings(max_examples=120, deadline=None)
@given(st.lists(ANSWERS, max_size=6), st.integers(1, 5), st.integers(0, 2))
def test_nothing_is_settled_below_the_floor(cast: list[str], floor: int, pending: int) -> None:
    judge = policy(options={"human_floor": floor}, overlap=2)
    decision = decide(judge, *votes(*cast), seats_pending=pending)
    assert set(decision.reasons) <= set(REASONS)
    severe = any("weapons" in text for text in cast)
    if decision.outcome == "settled":
        assert len(cast) >= max(floor, 2 if severe else 1)
    if pending:
        assert decision.outcome in {"waiting", "settled"}


def test_a_category_that_only_the_outvoted_chose_is_kept() -> None:
    found = decide(policy(), *votes("safe", "safe", "unsafe threat"))
    assert (found.outcome, found.answer) == ("settled", Answer("safe"))
    assert found.categories == (CategoryCount("threat", 1, 3, majority=False),)
    assert found.evidence["minority_categories"] == ["threat"]
    assert "Threat" not in explain(found, SAFETY, TAXONOMY)
    drawn = decide(policy(overlap=2), *votes("safe", "unsafe threat weapons"))
    assert drawn.evidence["categories"] == {"threat": [1, 2], "weapons": [1, 2]}


@pytest.mark.parametrize("name", ["majority", "low_agreement", "jury_conflict", "aegis2", "panel"])
@given(st.lists(st.sampled_from(CAST), max_size=7))
def test_each_category_with_a_persons_vote_has_its_counts_and_flag(
    name: str, cast: list[str]
) -> None:
    options = {"random_share": 0.0} if name == "panel" else {}
    facts = unit("dialogue", *votes(*cast))
    (found,) = policy(name, options).decide(ItemFacts(1, has_response=True, units=(facts,)))
    chosen = {category for text in cast for category in text.split()[1:]}
    assert {count.category for count in found.categories} == chosen
    for count in found.categories:
        assert 0 < count.votes_for <= count.of <= len(cast)
        assert count.votes_for == sum(count.category in text.split() for text in cast)
        assert count.majority == (count.votes_for * 2 > count.of)
    if found.answer is not None:
        assert {c.category for c in found.categories if c.majority} == set(found.answer.categories)
        severe = "weapons" in chosen
        assert len(cast) >= (2 if severe else 1)
