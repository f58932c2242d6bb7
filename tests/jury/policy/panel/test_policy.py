from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jury.policy import panel
from jury.policy.base import PolicyError
from jury.policy.decision import explain
from jury.policy.facts import ItemFacts, Vote
from jury.policy.panel.beta import Beta
from jury.policy.panel.fit import Fit, Pattern
from jury.policy.panel.policy import Panel
from jury.policy.words import REASONS
from jury.verdict import PRESETS, Answer
from tests.jury.policy.cases import SAFETY, TAXONOMY, decide, jury, policy, unit, votes

FIT = Fit(
    overall=Beta(1.0, 2.0),
    share_unsafe=0.25,
    patterns={Pattern(3, 3): Beta(5.0, 1.0), Pattern(0, 3): Beta(0.6, 5.4)},
    units=100,
    votes=300,
    weight=1.0,
)


def load(**options: object) -> Panel:
    given = {"fit": FIT.to_document(), "random_share": 0.0, **options}
    judge = policy("panel", given, overlap=1)
    assert isinstance(judge, Panel)
    return judge


def test_a_confident_unit_is_settled_by_the_panel() -> None:
    found = decide(load(), *votes("safe", "safe"), *jury("safe", "safe", "safe"))
    assert (found.outcome, found.rule, found.source) == ("settled", "panel", "human_majority")
    assert found.answer == Answer("safe")
    seen = found.evidence["panel"]
    assert isinstance(seen, dict)
    assert seen["jury_pattern"] == [0, 3]
    assert seen["prior"] == [0.6, 5.4]
    assert seen["posterior"] == [0.6, 7.4]
    assert seen["fit"] == FIT.digest
    assert json.dumps(dict(found.evidence))


def test_the_jury_chooses_how_many_are_asked() -> None:
    judge = load(cost=0.03)
    alone = decide(judge, *votes("unsafe threat"))
    backed = decide(
        judge,
        *votes("unsafe threat"),
        *jury("unsafe threat", "unsafe threat", "unsafe threat"),
        jurors_expected=3,
        jurors_done=3,
    )
    assert (alone.outcome, alone.reasons) == ("reannotate", ("worth_asking",))
    assert backed.outcome == "settled"


def test_a_jury_is_believed_by_what_it_speaks_of() -> None:
    told = Fit(
        overall=Beta(1.0, 2.0),
        share_unsafe=0.25,
        patterns={
            Pattern(3, 3): Beta(3.0, 2.0),
            Pattern(3, 3, "threat"): Beta(8.0, 1.0),
            Pattern(3, 3, "harassment"): Beta(1.0, 6.0),
        },
    )
    judge = load(fit=told.to_document(), cost=0.03)

    def read(*categories: str) -> tuple[object, object]:
        cast = jury(*(f"unsafe {each}" for each in categories))
        seen = decide(judge, *votes("unsafe threat"), *cast).evidence["panel"]
        assert isinstance(seen, dict)
        return seen["prior"], seen["jury_about"]

    assert read("threat", "threat", "harassment") == ([8.0, 1.0], "threat")
    assert read("harassment", "threat", "harassment") == ([1.0, 6.0], "harassment")
    # A stratum that the fit never met takes the vote's prior over all of them.
    assert read("weapons", "weapons", "weapons") == ([3.0, 2.0], "weapons")


def test_no_jury_ever_rules_alone() -> None:
    found = decide(load(cost=1.0), *jury("unsafe threat", "unsafe threat", "unsafe threat"))
    assert (found.outcome, found.reasons) == ("reannotate", ("below_floor",))


def test_a_severe_category_needs_two_people() -> None:
    found = decide(load(cost=1.0), *votes("unsafe weapons"))
    assert (found.outcome, found.reasons) == ("reannotate", ("severe_floor",))


def test_it_waits_for_the_jury_and_for_open_seats() -> None:
    judge = load()
    pending = decide(judge, *votes("safe"), jurors_expected=3, jurors_done=1)
    assert (pending.outcome, pending.reasons) == ("waiting", ("jury_pending",))
    out = decide(judge, *votes("safe", "unsafe threat"), seats_pending=1)
    assert out.outcome == "waiting"


def test_people_and_jury_apart_on_a_severe_category_go_to_a_lead() -> None:
    found = decide(
        load(cost=1.0),
        *votes("safe", "safe"),
        *jury("unsafe weapons", "unsafe weapons", "unsafe weapons"),
    )
    assert found.outcome in {"adjudicate", "reannotate"}
    sure = decide(
        load(cost=1.0, fit=None, class_weights={"unsafe": 1.0, "safe": 1.0}),
        *votes("safe", "safe"),
        *jury("unsafe weapons", "unsafe weapons"),
    )
    assert (sure.outcome, sure.reasons) == ("adjudicate", ("severe_conflict",))


def test_what_is_contested_at_the_horizon_goes_to_a_lead() -> None:
    cast = ("safe", "unsafe threat", "safe", "unsafe threat", "safe")
    found = decide(
        load(max_votes=5, cost=0.0, class_weights={"unsafe": 1, "safe": 1}), *votes(*cast)
    )
    assert (found.outcome, found.reasons) == ("adjudicate", ("contested",))
    even = decide(load(max_votes=4, cost=0.0), *votes(*cast[:4]))
    assert (even.outcome, even.reasons) == ("adjudicate", ("no_majority", "max_votes"))


def test_the_answer_is_always_that_of_most_people() -> None:
    judge = load(cost=1.0, class_weights={"unsafe": 100.0, "safe": 1.0})
    found = decide(judge, *votes("safe", "safe", "unsafe threat"))
    assert (found.outcome, found.reasons) == ("reannotate", ("worth_asking",))
    cast = ("safe", "safe", "unsafe threat", "safe", "unsafe threat")
    last = load(max_votes=5, cost=1.0, confidence=0.5, class_weights={"unsafe": 100, "safe": 1})
    settled = decide(last, *votes(*cast))
    assert (settled.outcome, settled.answer) == ("settled", Answer("safe"))


def test_a_verdict_against_the_jury_asks_for_an_audit() -> None:
    judge = load(cost=1.0, fit=None)
    against = decide(judge, *votes("safe", "safe"), *jury("unsafe threat", "unsafe threat", "safe"))
    assert (against.outcome, against.evidence["juror_audit"]) == ("settled", True)
    along = decide(judge, *votes("safe", "safe"), *jury("safe", "safe", "safe"))
    assert along.evidence["juror_audit"] is False


def test_random_items_get_their_fixed_votes_without_the_jury() -> None:
    judge = load(random_share=1.0, cost=1.0)
    unsafe = jury("unsafe threat", "unsafe threat", "unsafe threat")
    four = decide(judge, *votes("safe", "safe", "safe", "safe"), *unsafe)
    assert (four.outcome, four.reasons) == ("reannotate", ("calibration_votes",))
    five = decide(judge, *votes("safe", "safe", "safe", "unsafe threat", "unsafe threat"), *unsafe)
    assert (five.outcome, five.rule, five.answer) == ("settled", "majority", Answer("safe"))


def test_the_draw_follows_seed_and_item_alone() -> None:
    one, other = load(random_share=0.03), load(random_share=0.03, seed=2)
    chosen = {item for item in range(20_000) if one.is_random(item)}
    assert len(chosen) / 20_000 == pytest.approx(0.03, abs=0.005)
    assert chosen == {item for item in range(20_000) if load(random_share=0.03).is_random(item)}
    assert chosen != {item for item in range(20_000) if other.is_random(item)}


def test_a_lead_is_never_overruled_and_other_questions_follow_the_majority() -> None:
    judge = load()
    found = decide(judge, *votes("safe"), adjudicated=Answer("unsafe", ("threat",)))
    assert (found.outcome, found.source) == ("settled", "adjudicator")
    cast = tuple(Vote(f"p{n}", "human", Answer("yes")) for n in range(3))
    refusal = unit("response", *cast, schema=PRESETS["refusal"], question="refusal")
    (other,) = judge.decide(ItemFacts(1, has_response=True, units=(refusal,)))
    assert (other.outcome, other.rule) == ("settled", "majority")


def test_more_votes_than_the_horizon_are_read_too() -> None:
    found = decide(load(horizon=3), *votes(*["safe"] * 9))
    assert found.outcome == "settled"


def test_a_decision_reads_as_sentences() -> None:
    found = decide(load(), *votes("safe", "unsafe threat"), *jury("safe", "safe", "safe"))
    text = explain(found, SAFETY, TAXONOMY)
    assert text.startswith(
        "One of two people said safe and one said unsafe. All three jurors said safe."
    )
    assert re.search(r"A large panel would say (un)?safe with \d+ % probability\.", text)
    assert re.search(r"One more vote would be worth \d+\.\d points and costs 2\.0\.", text)
    assert "policy settles at" not in text


@given(st.integers(0, 6), st.integers(0, 6))
def test_probability_is_monotone_in_votes(unsafe: int, safe: int) -> None:
    judge = load()

    def probability(y: int, n: int) -> float:
        cast = votes(*["unsafe threat"] * y, *["safe"] * n)
        reading = judge.read(unit("prompt", *cast))
        assert reading is not None
        return reading.probability

    now = probability(unsafe, safe)
    assert probability(unsafe + 1, safe) > now > probability(unsafe, safe + 1)


def test_options_come_back() -> None:
    judge = load(class_weights={"unsafe": 2.0, "safe": 1.0}, horizon=7)
    again = policy("panel", dict(judge.options), overlap=1)
    assert again.options == judge.options
    assert again == judge
    assert policy("panel").options["fit"] is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"price": 1}, "Policy “panel” has no option “price”. Known: "),
        ({"horizon": 12}, "“horizon” must be a whole number from 1 to 11"),
        ({"cost": -0.1}, "“cost” must be a number from 0 to 1"),
        ({"cost": float("nan")}, "“cost” must be a number"),
        ({"class_weights": "even"}, "“class_weights” must be balanced, or a table"),
        ({"class_weights": {"unsafe": 0, "safe": 1}}, "“unsafe” must be a number from 0.001"),
        ({"confidence": 0.4}, "“confidence” must be a number from 0.5"),
        ({"random_share": 2}, "“random_share” must be a number from 0 to 1"),
        ({"random_votes": 0}, "“random_votes” must be a whole number from 1"),
        ({"seed": -1}, "“seed” must be a whole number"),
        ({"fit": 3}, "“fit” must be a table"),
        ({"fit": {"share_unsafe": 2}}, "“fit.share_unsafe”"),
        ({"human_floor": 20}, "“human_floor” (20) must not exceed “max_votes” (11)"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(PolicyError, match=re.escape(message)):
        policy("panel", options)


def test_every_reason_code_of_the_panel_has_words() -> None:
    text = Path(panel.__path__[0], "policy.py").read_text(encoding="utf-8")
    used = {
        node.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(
            r"(worth|other|calibration|severe|below|jury|no)_[a-z_]+|contested", node.value
        )
    } - {"jury_pattern", "jury_about"}
    assert len(used) > 6
    assert used | {"below_floor", "severe_floor", "category_floor"} <= set(REASONS)
