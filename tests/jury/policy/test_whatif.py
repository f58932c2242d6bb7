"""What-if: the cases lose nothing, and every expectation is that of the policy itself."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from jury.policy.belief import Belief, beliefs, gain_of_a_label, says_unsafe
from jury.policy.cases import Cases, Standing
from jury.policy.facts import ItemFacts, UnitFacts, Vote
from jury.policy.panel.beta import Beta
from jury.policy.panel.fit import DEFAULT_FIT, Fit, Pattern
from jury.policy.rates import Rates
from jury.policy.whatif import NO_SIDES, Report, State, study, words_of
from jury.policy.whatif_document import document
from jury.verdict import PRESETS, Answer
from tests.jury.policy.cases import SAFETY, jury, policy, votes

RATES = Rates(seconds={"prompt": 36.0}, any_seconds=72.0, measured=9, per_hour=20.0)


def item(number: int, *cast: Vote, **known: object) -> ItemFacts:
    facts = UnitFacts(number, "prompt", "safety", SAFETY, cast)
    return ItemFacts(number, has_response=False, units=(replace(facts, **known),))  # type: ignore[arg-type]


def run(items: list[ItemFacts], other: object = None, **options: object) -> Report:
    now = policy("majority")
    wanted = policy(str(other or "low_agreement"), options)
    cases = Cases((now, wanted), overlap=3)
    for each in items:
        cases.add(each)
    return study(cases, now, wanted, RATES)


MIXED = [
    *(item(n, *votes("safe", "safe", "safe")) for n in range(50)),
    *(item(n, *votes("safe", "unsafe threat", "safe")) for n in range(50, 60)),
    *(item(n, *votes("unsafe threat", "safe", "unsafe threat")) for n in range(60, 65)),
    *(item(n, *votes("safe", "needs_caution", "unsafe other")) for n in range(65, 68)),
]


def test_cases_keep_every_unit_and_a_million_like_ones_are_one() -> None:
    cases = Cases((policy("majority"),), overlap=3)
    for number in range(3000):
        cases.add(MIXED[number % len(MIXED)])
    assert (cases.items, cases.units) == (3000, 3000)
    assert sum(case.count for case in cases.cases) == 3000
    assert len(cases.cases) == 4


def test_each_unit_gets_what_both_policies_decide_of_it_alone() -> None:
    now, then = policy("majority"), policy("low_agreement", {"min_share": 1.0})
    report = run(MIXED, min_share=1.0)
    by_hand = Counter((now.decide(each)[0].outcome, then.decide(each)[0].outcome) for each in MIXED)
    found: Counter[tuple[str, str]] = Counter()
    for state, row in report.rows.items():
        for outcome, units in row.outcomes.items():
            found[state.now, outcome] += units
    assert found == by_hand
    assert report.units == len(MIXED)
    assert sum(row.units for row in report.rows.values()) == report.totals.units


def test_what_stands_is_what_is_stored_not_what_would_be_decided_today() -> None:
    now, other = policy("majority"), policy("low_agreement")
    cases = Cases((now, other), overlap=3)
    facts = item(1, *votes("safe", "safe", "safe"))
    cases.add(facts, {(1, "safety"): Standing("settled", "unsafe")})
    cases.add(facts, {})
    report = study(cases, now, other, RATES)
    assert {state.now for state in report.rows} == {"settled", "waiting"}
    assert report.totals.changed_now == 1
    assert report.totals.changed is not None
    assert report.totals.changed.value == 1.0


def test_the_labels_and_flips_expected_are_those_of_a_simulation() -> None:
    """Play the policy many times with answers drawn from the posterior; the means must agree."""
    split = [item(n, *votes("safe", "unsafe threat", "safe")) for n in range(40)]
    other = policy("low_agreement", {"min_share": 0.75, "max_votes": 9})
    report = run(split, "low_agreement", min_share=0.75, max_votes=9)
    (row,) = report.rows.values()
    belief = report.beliefs["prompt", "safety"]
    rng = np.random.default_rng(3)
    labels, leads, changed = [], [], []
    prior = belief.fit.prior(Pattern(0, 0))
    for _ in range(3000):
        share = rng.beta(prior.a + 1, prior.b + 2)
        facts, asked = split[0], 0
        while (found := other.decide(facts)[0]).outcome == "reannotate":
            said = "unsafe threat" if rng.random() < share else "safe"
            value, *categories = said.split()
            vote = Vote(f"x{asked}", "human", Answer(value, tuple(categories)))
            units = (replace(facts.units[0], votes=(*facts.units[0].votes, vote)),)
            facts, asked = replace(facts, units=units), asked + 1
        labels.append(asked)
        leads.append(found.outcome == "adjudicate")
        if found.answer is not None:
            changed.append(float(found.answer.value != "safe"))
        else:
            changed.append(float(share > 0.5))
    assert row.labels is not None
    assert row.leads is not None
    assert row.changed is not None
    assert row.labels / 40 == pytest.approx(float(np.mean(labels)), rel=0.04)
    assert row.leads / 40 == pytest.approx(float(np.mean(leads)), abs=0.03)
    assert row.changed.value / 40 == pytest.approx(float(np.mean(changed)), abs=0.03)
    assert row.changed.low <= row.changed.value <= row.changed.high


def test_the_interval_holds_95_percent_of_what_happens() -> None:
    split = [item(n, *votes("safe", "unsafe threat", "safe")) for n in range(200)]
    report = run(split, min_share=0.75)
    (row,) = report.rows.values()
    assert row.changed is not None
    q = row.changed.value / 200
    half = 1.96 * (200 * q * (1 - q)) ** 0.5
    assert row.changed.low == pytest.approx(row.changed.value - half, abs=2.5)
    assert row.changed.high == pytest.approx(row.changed.value + half, abs=2.5)


def test_a_seat_that_is_out_already_hides_nothing() -> None:
    waiting = [item(1, *votes("safe", "unsafe threat"), seats_pending=1)]
    again = [item(2, *votes("safe", "unsafe threat", "needs_caution"), seats_pending=1)]
    first = run(waiting, min_share=1.0)
    assert first.totals.outcomes == Counter(waiting=1)
    second = run(again, min_share=1.0)
    assert second.totals.outcomes == Counter(reannotate=1)


def test_what_a_lead_decided_stays_under_every_policy() -> None:
    held = [item(1, *votes("safe", "unsafe threat"), adjudicated=Answer("unsafe", ("threat",)))]
    report = run(held, min_share=1.0)
    (state,) = report.rows
    assert (state.lead, state.now) == (True, "settled")
    assert report.totals.labels == 0.0
    assert report.totals.changed_now == 0


def test_the_price_of_a_label_moves_the_panel() -> None:
    asked = [
        run(MIXED, "panel", cost=cost, human_floor=3, random_share=0.0).totals.labels
        for cost in (0.002, 0.02, 0.2)
    ]
    assert None not in asked
    assert asked == sorted(asked, key=lambda each: -(each or 0.0))
    assert (asked[0] or 0.0) > (asked[2] or 0.0)


def test_the_panels_own_fit_is_the_posterior_and_the_report_says_so() -> None:
    fit = Fit(Beta(1.0, 3.0), 0.2, {Pattern(3, 3): Beta(6.0, 1.0)}, units=80, votes=240, weight=1.0)
    other = policy("panel", {"fit": fit.to_document(), "random_share": 0.0})
    items = [item(1, *votes("safe", "safe", "unsafe threat"), *jury(*["unsafe threat"] * 3))]
    cases = Cases((other,), overlap=3)
    cases.add(items[0])
    found = beliefs(cases.cases, other, policy("majority"))
    assert found["prompt", "safety"] == Belief(fit, "fit")
    report = study(cases, other, other, RATES)
    (row,) = report.rows.values()
    assert row.gain == gain_of_a_label(Beta(7, 3))
    shown = document(report, {})
    assert json.loads(json.dumps(shown))["basis"][0]["fit"] == fit.digest


def test_few_units_are_judged_by_their_own_votes_and_many_by_a_fit_on_them() -> None:
    few = run(MIXED[:5]).beliefs["prompt", "safety"]
    many = run(MIXED).beliefs["prompt", "safety"]
    assert (few.basis, few.fit) == ("flat", DEFAULT_FIT)
    assert many.basis == "votes"
    assert many.fit.units == len(MIXED)


def test_a_label_is_worth_most_where_it_decides_most() -> None:
    split, clear = gain_of_a_label(Beta(2, 2)), gain_of_a_label(Beta(1, 6))
    assert split > clear > 0.0
    # Of Beta(2, 2) one answer: error 1/2 before, 5/16 after either (1 - I_0.5(3, 2) = 11/16).
    assert split == pytest.approx(3 / 16)
    # Two to one with a flat prior: one answer cannot turn it, two can.
    assert gain_of_a_label(Beta(3, 2)) > 0.0
    assert says_unsafe(Beta(2, 2)) == pytest.approx(0.5)


def test_hours_and_money_follow_the_labels_or_say_why_not() -> None:
    found = document(run(MIXED, min_share=1.0), {})
    totals = found["totals"]
    assert isinstance(totals, dict)
    assert totals["hours"] == pytest.approx(totals["labels"] * 36.0 / 3600)
    assert totals["money"] == pytest.approx(totals["hours"] * 20.0)
    assert Rates(per_label=0.5).money(4.0, None) == 2.0
    bare = Rates()
    assert (bare.hours(4.0, "prompt"), bare.money(4.0, None)) == (None, None)
    assert "active time" in bare.no_hours
    assert "price" in bare.no_money
    assert "active time" in Rates(per_hour=3.0).no_money


def test_a_question_without_sides_promises_nothing() -> None:
    schema = PRESETS["helpful"]
    cast = tuple(
        Vote(f"p{n}", "human", Answer(v)) for n, v in enumerate(("first", "second", "tie"))
    )
    facts = ItemFacts(1, has_response=True, units=(UnitFacts(1, "pair", "helpful", schema, cast),))
    report = run([facts])
    (row,) = report.rows.values()
    assert (row.labels, row.changed, row.reason) == (None, None, NO_SIDES)
    totals = document(report, {})["totals"]
    assert isinstance(totals, dict)
    assert totals["reason"]["labels"] == NO_SIDES
    assert totals["left_out"] == 1


def test_what_cannot_be_foretold_is_left_out_of_the_sums_and_counted() -> None:
    schema = PRESETS["helpful"]
    open_cast = tuple(
        Vote(f"p{n}", "human", Answer(v)) for n, v in enumerate(("first", "second", "tie"))
    )
    agreed = tuple(Vote(f"p{n}", "human", Answer("first")) for n in range(3))
    others = [
        ItemFacts(
            900 + n, has_response=True, units=(UnitFacts(900 + n, "pair", "helpful", schema, cast),)
        )
        for n, cast in enumerate((open_cast, open_cast, agreed))
    ]
    alone, beside = run(MIXED), run([*MIXED, *others])
    found = document(beside, {})["totals"]
    assert isinstance(found, dict)
    assert (found["left_out"], found["units"]) == (2, len(MIXED) + 3)
    assert beside.totals.labels == alone.totals.labels
    assert beside.totals.leads == alone.totals.leads
    assert beside.totals.changed is not None
    assert alone.totals.changed is not None
    assert beside.totals.changed.value == alone.totals.changed.value
    assert found["hours"] is not None
    assert set(found["reason"]) == {"left_out"}
    assert found["reason"]["left_out"].startswith("2 units are left out")
    assert document(alone, {})["totals"]["left_out"] == 0  # type: ignore[index]


def test_a_vote_state_reads_as_people_say_it() -> None:
    state = State(
        "prompt",
        "safety",
        (("safe", 1), ("unsafe", 2)),
        (("unsafe", 3),),
        lead=False,
        drawn=False,
        now="settled",
    )
    assert words_of(state) == "2 unsafe, 1 safe; jury 3 of 3 unsafe"
    empty = replace(state, votes=(), jury=(), drawn=True)
    assert words_of(empty) == "no votes; drawn at random"
