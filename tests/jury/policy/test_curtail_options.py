"""The options of curtailment: where there are any, their defaults, what is refused, how they read."""

from __future__ import annotations

import pytest

from jury.policy.base import PolicyError
from jury.policy.known import Option, existing, known_options, start_from
from tests.jury.policy.cases import decide, policy, votes

NEVER = {"curtail": True, "random_share": 0.0}


def test_without_it_a_policy_is_as_it_was() -> None:
    for name, overlap, floor in (("majority", 3, 2), ("low_agreement", 5, 3)):
        plain = policy(name, overlap=overlap)
        assert policy(name, {"curtail": False}, overlap=overlap).options == plain.options
        assert not {"curtail", "random_share", "seed"} & set(plain.options)
        assert plain.options["human_floor"] == overlap
        judge = policy(name, {"curtail": True}, overlap=overlap)
        assert judge.version == plain.version == 1
        added = {"curtail": True, "random_share": 0.03, "seed": 1, "human_floor": floor}
        assert judge.options == {**plain.options, **added}
        assert policy(name, judge.options, overlap=overlap).options == judge.options
    waiting = decide(policy(options={"human_floor": 2}), *votes("safe", "safe"), seats_pending=1)
    assert waiting.outcome == "waiting"


def test_the_floor_is_the_smallest_majority_unless_it_is_given() -> None:
    floors = [policy(options=NEVER, overlap=n).options["human_floor"] for n in (3, 4, 5, 6)]
    assert floors == [2, 3, 3, 4]
    assert policy(options={**NEVER, "human_floor": 4}, overlap=5).options["human_floor"] == 4


@pytest.mark.parametrize(
    ("options", "overlap", "message"),
    [
        ({"curtail": True, "human_floor": 3}, 3, "“human_floor” .3. must be below the overlap"),
        ({"curtail": True, "human_floor": 4}, 3, "set it to 2, or leave it out"),
        ({"curtail": True}, 2, "“curtail” needs an overlap of 3 or more, not 2"),
        ({"curtail": True, "min_share": 0.75}, 3, "2 of 3 people are less than “min_share” .0.75."),
        ({"curtail": True, "min_share": 1.0}, 5, "lower it, or raise the overlap"),
        ({"curtail": "yes"}, 3, "“curtail” must be true or false, not 'yes'"),
        ({"curtail": 1}, 3, "“curtail” must be true or false"),
        ({"random_share": 0.1}, 3, "“random_share” only exists beside “curtail”"),
        ({"curtail": False, "seed": 2}, 3, "“seed” only exists beside “curtail”"),
        ({"curtail": True, "random_share": 2}, 3, "“random_share” must be a number from 0 to 1"),
        ({"curtail": True, "random_share": True}, 3, "“random_share” must be a number"),
        ({"curtail": True, "seed": -1}, 3, "“seed” must be a whole number from 0"),
    ],
)
def test_a_wrong_option_is_named_with_the_remedy(
    options: dict[str, object], overlap: int, message: str
) -> None:
    with pytest.raises(PolicyError, match=message):
        policy(options=options, overlap=overlap)


@pytest.mark.parametrize("name", ["jury_conflict", "aegis2", "panel"])
def test_other_policies_do_not_know_it(name: str) -> None:
    with pytest.raises(PolicyError, match="has no option “curtail”"):
        policy(name, {"curtail": True})
    assert "curtail" not in {option.name for option in known_options(name)}


def option(name: str) -> Option:
    return next(each for each in known_options("majority") if each.name == name)


def test_yes_and_no_are_written_and_nothing_is_no() -> None:
    found = [option("curtail").read(text) for text in ("true", "false", "", " true ")]
    assert found == [True, False, False, True]
    with pytest.raises(PolicyError, match="“curtail” must be one of false, true, not 'maybe'"):
        option("curtail").read("maybe")
    for name in ("random_share", "seed"):
        assert policy(options={"curtail": True}).options[name] == option(name).read(
            option(name).usual
        )


def test_options_of_the_draw_are_left_out_where_it_is_off() -> None:
    values = {"max_votes": 5, "random_share": 0.1, "seed": 2}
    assert existing("majority", {**values, "curtail": True}) == {**values, "curtail": True}
    off = {"max_votes": 5, "curtail": False}
    assert existing("majority", {**values, "curtail": False}) == off
    assert existing("panel", values) == values


def test_switching_it_moves_a_floor_that_stood_at_its_default() -> None:
    on, off = policy(options={"curtail": True}), policy()
    for now, wanted, floor in ((off, True, 2), (on, False, 3), (on, True, 2), (off, False, 3)):
        options = {**start_from(now.options, {"curtail": wanted}, overlap=3), "curtail": wanted}
        assert policy(options=options).options == {**(on if wanted else off).options}
        assert policy(options=options).options["human_floor"] == floor
    own = policy(options={"human_floor": 1})
    assert start_from(own.options, {"curtail": True}, overlap=3)["human_floor"] == 1
    assert start_from(on.options, {"min_share": 0.8}, overlap=3) == on.options
