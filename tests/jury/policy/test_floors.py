"""Fewest people by category: who chose it, what keeps a unit open, how it reads, what-if."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jury.policy.base import PolicyError
from jury.policy.cases import Cases
from jury.policy.decision import explain
from jury.policy.known import known_options
from jury.policy.panel.policy import Panel
from jury.policy.rates import Rates
from jury.policy.registry import load_policy
from jury.policy.whatif import study
from jury.taxonomy import Taxonomy
from tests.jury.policy.cases import SAFETY, TAXONOMY, decide, jury, policy, unit, votes
from tests.jury.policy.test_whatif import item

LOW = {"human_floor": 1}
THREAT = {**LOW, "category_floor": {"threat": 4}}


@pytest.mark.parametrize(
    ("cast", "outcome", "reasons"),
    [
        (["safe"], "settled", ()),
        (["unsafe harassment"], "settled", ()),
        (["unsafe threat"] * 3, "reannotate", ("category_floor",)),
        (["safe", "safe", "unsafe threat"], "reannotate", ("category_floor",)),
        (["unsafe threat"] * 4, "settled", ()),
        (["unsafe weapons"], "reannotate", ("severe_floor",)),
        (["unsafe threat weapons"], "reannotate", ("severe_floor",)),
        (["unsafe threat weapons"] * 2, "reannotate", ("category_floor",)),
    ],
)
@pytest.mark.parametrize("name", ["majority", "panel"])
def test_a_chosen_category_asks_for_its_own_number_of_people(
    name: str, cast: list[str], outcome: str, reasons: tuple[str, ...]
) -> None:
    options = THREAT if name == "majority" else {**THREAT, "cost": 1.0, "random_share": 0.0}
    judge = policy(name, {**options, "min_share": 0.6}, overlap=1)
    found = decide(judge, *votes(*cast))
    assert (found.outcome, found.reasons) == (outcome, reasons)


def test_a_severe_category_is_never_below_two_whatever_its_floor_says() -> None:
    judge = policy(options={**LOW, "category_floor": {"weapons": 1}}, overlap=1)
    found = decide(judge, *votes("unsafe weapons"))
    assert (found.outcome, found.reasons) == ("reannotate", ("severe_floor",))
    assert decide(judge, *votes("unsafe weapons", "unsafe weapons")).outcome == "settled"


def test_a_floor_never_lowers_that_of_everybody() -> None:
    judge = policy(options={"human_floor": 3, "category_floor": {"threat": 1}})
    assert decide(judge, *votes("unsafe threat")).reasons == ("below_floor",)


def test_the_jury_lifts_the_floor_where_the_policy_reads_it() -> None:
    said = jury("unsafe threat")
    for name, outcome in (("majority", "settled"), ("jury_conflict", "reannotate")):
        judge = policy(name, THREAT, overlap=1)
        assert decide(judge, *votes("safe"), *said, jurors_expected=1, jurors_done=1).outcome == (
            outcome
        )


def test_the_floor_of_a_category_holds_for_its_finer_ones() -> None:
    finer = tuple(
        replace(each, parent="harassment", level="fine") if each.id == "threat" else each
        for each in TAXONOMY.categories
    )
    tree = Taxonomy(id="tree", version="1", title="Tree", categories=finer)
    options = {**LOW, "category_floor": {"harassment": 3}}
    judge = load_policy("majority", options, taxonomy=tree, overlap=1)
    assert decide(judge, *votes("unsafe threat")).reasons == ("category_floor",)
    assert decide(judge, *votes("unsafe other")).outcome == "settled"


def test_it_is_told_in_words_with_the_number() -> None:
    facts = unit("prompt", *votes("unsafe threat", "unsafe threat"))
    judge = policy(options=THREAT, overlap=1)
    assert explain(decide(judge, *facts.votes), SAFETY, TAXONOMY) == (
        "Both people said unsafe. The policy settles at two thirds. A category was chosen that asks "
        "for more people. Threat asks for four people. One more person will be asked."
    )


@pytest.mark.parametrize(
    ("floor", "message"),
    [
        ({"soup": 2}, "no category “soup”"),
        ({"threat": 0}, "category_floor.threat” must be a whole number from 1 to 99"),
        ({"threat": True}, "must be a whole number"),
        ({"threat": 6}, "must not exceed “max_votes” \\(5\\)"),
        ("threat", "must be a table of categories and votes"),
    ],
)
def test_a_floor_that_does_not_fit_is_refused(floor: object, message: str) -> None:
    for name in ("majority", "panel"):
        with pytest.raises(PolicyError, match=message):
            policy(name, {"category_floor": floor, "max_votes": 5})


def test_a_policy_without_one_is_as_it_was_and_one_with_reads_back() -> None:
    for name in ("majority", "panel"):
        assert "category_floor" not in policy(name).options
        judge = policy(name, {"category_floor": {"threat": 4, "other": 3}})
        assert judge.options["category_floor"] == {"other": 3, "threat": 4}
        assert policy(name, judge.options).options == judge.options
    assert isinstance(policy("panel", {"category_floor": {"threat": 4}}), Panel)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("threat 3", {"threat": 3}),
        (" threat 3,fraud  2 ,", {"threat": 3, "fraud": 2}),
        ("threat", None),
        ("threat three", None),
        ("threat 3 fraud 2", {"threat 3 fraud": 2}),
        ("3", None),
        ("threat 300", None),
    ],
)
def test_it_is_written_as_categories_with_numbers(text: str, found: object) -> None:
    option = next(each for each in known_options("majority") if each.name == "category_floor")
    if found is None:
        with pytest.raises(PolicyError, match="each with a number of people"):
            option.read(text)
    else:
        assert option.read(text) == found


def test_what_if_expects_the_people_that_the_floor_asks_for() -> None:
    now = policy(overlap=2, options={"human_floor": 2})
    then = policy(overlap=2, options={"human_floor": 2, "category_floor": {"threat": 4}})
    cases = Cases((now, then), overlap=2)
    for number in range(10):
        cases.add(item(number, *votes("unsafe threat", "unsafe threat")))
    report = study(cases, now, then, Rates())
    assert report.totals.outcomes == {"reannotate": 10}
    assert report.totals.labels is not None
    assert report.totals.labels >= 20
    assert study(cases, now, now, Rates()).totals.labels == 0
