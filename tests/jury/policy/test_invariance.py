"""A decision depends on what was said, not on who said it or in which order it came."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jury.policy.facts import ItemFacts, Vote
from jury.policy.registry import policy_names
from tests.jury.policy.cases import policy, unit, votes
from tests.jury.policy.test_headline import TRIALS

SAID = (
    "safe",
    "needs_caution",
    "unsafe threat",
    "unsafe harassment threat",
    "unsafe weapons",
    "unsafe other",
)


def mixed(cast: tuple[Vote, ...], dice: random.Random) -> tuple[Vote, ...]:
    """Return the same answers by other people in another order."""
    answers = [vote.answer for vote in cast]
    dice.shuffle(answers)
    named = [f"someone {n}" for n in range(len(cast))]
    dice.shuffle(named)
    return tuple(
        replace(vote, answer=answer, rater=name)
        for vote, answer, name in zip(cast, answers, named, strict=True)
    )


@pytest.mark.parametrize("name", policy_names())
@settings(max_examples=60, deadline=None)
@given(
    people=st.lists(st.sampled_from(SAID), max_size=7),
    jurors=st.lists(st.sampled_from(SAID), max_size=4),
    dice=st.randoms(use_true_random=False),
)
def test_the_same_answers_give_the_same_decision(
    name: str, people: list[str], jurors: list[str], dice: random.Random
) -> None:
    judge = policy(name, {"human_floor": 2, "max_votes": 6})
    cast, jury = votes(*people), votes(*jurors, kind="juror")
    other = (*mixed(jury, dice), *mixed(cast, dice))
    found = [
        judge.decide(ItemFacts(1, has_response=True, units=(unit("dialogue", *each),)))
        for each in ((*cast, *jury), other)
    ]
    assert found[0] == found[1]


def test_the_simulation_of_the_headline_leaves_no_policy_out() -> None:
    assert {trial.name for trial in TRIALS.values()} == set(policy_names())
