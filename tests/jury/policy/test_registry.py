from __future__ import annotations

import re

import pytest

from jury.policy.base import PolicyError
from jury.policy.registry import load_policy, policy_names
from tests.jury.policy.cases import TAXONOMY, policy


def test_every_policy_loads_with_its_defaults() -> None:
    voting = ("majority", "low_agreement", "aegis2", "jury_conflict")
    assert policy_names() == (*voting, "panel")
    for name in voting:
        judge = policy(name)
        assert (judge.name, judge.version) == (name, 1)
        assert judge.options["min_share"] == (0.75 if name == "low_agreement" else 0.67)
        assert judge.options["max_votes"] == 5
        assert judge.options["human_floor"] == 3
        assert judge.reads_jury == (name in {"aegis2", "jury_conflict"})


def test_the_panel_loads_with_its_defaults() -> None:
    judge = policy("panel")
    assert (judge.name, judge.version, judge.reads_jury) == ("panel", 2, True)
    assert (judge.options["max_votes"], judge.options["human_floor"]) == (11, 1)
    assert judge.options["class_weights"] == "balanced"


def test_more_people_at_first_pass_raise_the_default_maximum() -> None:
    assert policy(overlap=7).options["max_votes"] == 7


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"max_vote": 5},
            "no option “max_vote”. Known: categories, category_floor, caution, curtail, human_floor, max_votes, min_share, random_share, seed.",
        ),
        ({"max_votes": 2}, "“max_votes” must be a whole number from 3 to 99, not 2"),
        ({"max_votes": True}, "“max_votes” must be a whole number"),
        ({"max_votes": 5.0}, "“max_votes” must be a whole number"),
        ({"min_share": 0.4}, "“min_share” must be a number from 0.5 to 1"),
        ({"min_share": "0.7"}, "“min_share” must be a number"),
        ({"min_share": float("nan")}, "“min_share” must be a number"),
        ({"min_share": True}, "“min_share” must be a number"),
        ({"caution": "bold"}, "“caution” must be one of permissive, defensive, not 'bold'"),
        ({"categories": []}, "“categories” must be one of majority, verdict_only"),
        ({"human_floor": 0}, "“human_floor” must be a whole number from 1"),
        ({"human_floor": 6}, "“human_floor” (6) must not exceed “max_votes” (5)"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(PolicyError, match=re.escape(message)):
        policy(options=options)


def test_an_unknown_policy_lists_the_known() -> None:
    with pytest.raises(
        PolicyError, match="Known: majority, low_agreement, aegis2, jury_conflict, panel"
    ):
        load_policy("oracle", {}, taxonomy=TAXONOMY, overlap=3)


def test_overlap_is_checked_too() -> None:
    with pytest.raises(PolicyError, match="“overlap” must be a whole number"):
        policy(overlap=0)
