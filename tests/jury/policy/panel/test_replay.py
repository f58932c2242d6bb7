from __future__ import annotations

import numpy as np
import pytest

from jury.agreement.rows import VoteRow
from jury.policy.replay.case import BadJury, Case, NoTruth, SimulatedJury, read_case
from jury.policy.replay.choose import candidates, cheapest, choose
from jury.policy.replay.expect import expect_fixed, expect_held_out, expect_panel
from jury.policy.replay.play import Draw, Mix, play
from jury.policy.replay.report import replay
from jury.policy.replay.rules import PanelRule, Table, Terms
from jury.policy.replay.run import ReplayPlan, run
from jury.policy.replay.scores import scores

PLAN = ReplayPlan((3,), seeds=2)
AT = Mix(Terms(0.03), Terms(0.03))


def sample(units: int = 60, raters: int = 9, seed: int = 0) -> list[VoteRow]:
    """Return votes with a third left out and ids that are text."""
    rng = np.random.default_rng(seed)
    share = rng.beta(1.0, 2.0, units)
    return [
        VoteRow(f"item {u}", f"rater {r}", "bad" if rng.random() < share[u] else "fine")
        for u in range(units)
        for r in range(raters)
        if rng.random() < 0.67
    ]


def case(units: int = 60, raters: int = 9) -> Case:
    return read_case(sample(units, raters), positive=["bad"])


def test_evenly_divided_units_have_no_truth() -> None:
    rows = [
        VoteRow("even", "a", "bad"), VoteRow("even", "b", "fine"),
        VoteRow("bad", "a", "bad"), VoteRow("fine", "a", "fine"), VoteRow("fine", "b", "fine"),
        VoteRow("fine", "j", "bad", "juror"), VoteRow("elsewhere", "j", "bad", "juror"),
    ]  # fmt: skip
    found = read_case(rows, positive=["bad"])
    assert (found.units, found.truth.tolist()) == (2, [True, False])
    assert (found.said.tolist(), found.given.tolist()) == ([0, 1], [0, 1])


@pytest.mark.parametrize(
    ("positive", "message"),
    [
        (["awful"], "nobody gave the label 'awful'; the labels are: bad, fine"),
        (["bad", "fine"], "no truth"),
    ],
)
def test_what_cannot_be_compared_is_said(positive: list[str], message: str) -> None:
    with pytest.raises(NoTruth, match=message):
        read_case(sample(), positive=positive)


@pytest.mark.parametrize("bad", [1, 5])
def test_a_class_of_one_unit_has_no_two_halves(bad: int) -> None:
    rows = [
        VoteRow(f"u{n}", rater, "bad" if n < bad else "fine") for n in range(6) for rater in "abc"
    ]
    with pytest.raises(NoTruth, match="each class needs 2 units; one has 1"):
        replay(read_case(rows, positive=["bad"]), None, PLAN)


def test_a_jury_of_votes_must_be_there() -> None:
    with pytest.raises(BadJury, match="no rows of kind juror"):
        replay(case(), "votes", PLAN)
    with pytest.raises(BadJury):
        SimulatedJury((0.7,), 1.5)
    with pytest.raises(BadJury, match="as many jurors about each topic"):
        SimulatedJury((0.7, 0.7), 0.0, ((0.3,),))


def test_a_report_has_the_keys_of_the_contract_and_is_the_same_again() -> None:
    found = replay(case(), SimulatedJury((0.8, 0.8), 0.5), PLAN)
    assert set(found) == {
        "positive_rate", "truth_units", "constant_baseline", "jury_alone", "k", "reason",
    }  # fmt: skip
    one = found["k"]["3"]
    assert set(one["fixed"]) == {"labels", "balanced_accuracy", "f1", "accuracy"}
    assert set(one["curtailed"]) == {"labels", "saving"}
    assert set(one["policy"]) == {
        "labels", "saving", "saving_ci95", "balanced_accuracy", "f1", "accuracy", "gap", "gap_ci95",
        "cost",
    }  # fmt: skip
    policy, fixed = one["policy"], one["fixed"]
    assert policy["gap"] == pytest.approx(policy["balanced_accuracy"] - fixed["balanced_accuracy"])
    assert policy["gap_ci95"][0] <= policy["gap"] <= policy["gap_ci95"][1]
    assert 0 <= one["curtailed"]["saving"] < 1
    assert (
        one["policy"]["saving_ci95"][0]
        <= one["policy"]["saving"]
        <= one["policy"]["saving_ci95"][1]
    )
    assert replay(case(), SimulatedJury((0.8, 0.8), 0.5), PLAN) == found


def test_without_a_jury_its_row_is_none_with_a_reason() -> None:
    found = replay(case(), None, PLAN)
    assert found["jury_alone"] is None
    assert found["reason"]["jury_alone"]


def test_the_order_of_rows_changes_nothing() -> None:
    rows = sample()
    forward = replay(read_case(rows, positive=["bad"]), None, PLAN)
    assert replay(read_case(rows[::-1], positive=["bad"]), None, PLAN) == forward


def test_simulated_jurors_are_as_good_as_they_should_be() -> None:
    many = case(4000, 3)
    jurors = many.judged_by(SimulatedJury((0.7, 0.7, 0.7), 1.0), np.random.default_rng(1))
    # They share every draw, so that all of them say the same.
    assert set(jurors.said.tolist()) == {0, 3}
    assert scores(jurors.jury_answer, jurors.truth)["accuracy"] == pytest.approx(0.7, abs=0.03)


def test_expectations_are_the_mean_of_many_orders() -> None:
    ours, rule = case(40), PanelRule(max_votes=5, random_share=0.0)
    known = Table.of(ours, rule).counts(
        np.minimum(ours.size, 5), ours.revealed(5, np.random.default_rng(0))
    )
    expected = expect_panel(ours, rule, [Terms(0.03)], known)
    fixed = expect_fixed(ours, 3)
    rng = np.random.default_rng(2)
    labels, threes = np.zeros(ours.units), np.zeros(ours.units)
    runs = 60
    for _ in range(runs):
        draw = Draw.of(ours, rule, rng)
        # So heavy a first fit that the run's own votes do not move it.
        labels += play(ours, rule, AT, draw, known * 1e6).labels / runs
        most = np.minimum(ours.size, 3)
        seen = np.take_along_axis(draw.seen, most[:, None], axis=1)[:, 0]
        threes += (0.5 + 0.5 * np.sign(2 * seen - most)) / runs
    assert threes == pytest.approx(fixed, abs=0.3)
    assert threes.mean() == pytest.approx(fixed.mean(), abs=0.03)
    heavy = expect_panel(ours, rule, [Terms(0.03)], known * 1e6)
    assert labels.mean() == pytest.approx(heavy.labels[0].mean(), abs=0.1)
    assert expected.labels.shape == (1, ours.units)


def test_random_units_get_their_fixed_number() -> None:
    ours, rule = case(40), PanelRule(random_share=0.5)
    draw = Draw.of(ours, rule, np.random.default_rng(3))
    labels = play(ours, rule, Mix(Terms(1.0), Terms(1.0)), draw, None).labels
    chosen = draw.random_units
    assert chosen.sum() == round(0.5 * ours.units)
    assert labels[chosen].tolist() == np.minimum(ours.size[chosen], 5).tolist()


def test_two_candidates_together_reach_the_target_exactly_and_most_cheaply() -> None:
    labels, good = np.array([2.0, 4.0, 3.9, 9.0]), np.array([0.7, 0.8, 0.7, 0.9])
    assert cheapest(labels, good, 0.8) == (1, 1, 1.0)
    first, second, share = cheapest(labels, good, 0.75)
    assert {first, second} == {0, 1}
    assert share == pytest.approx(0.5)
    # Nothing is good enough, or everything is.
    assert cheapest(labels, good, 0.95) == (3, 3, 1.0)
    assert cheapest(labels, good, 0.6) == (0, 0, 1.0)


def test_a_mix_plays_each_of_its_terms_on_its_share_of_the_units() -> None:
    ours, rule = case(60), PanelRule(random_share=0.0)
    draw = Draw.of(ours, rule, np.random.default_rng(4))
    known = Table.of(ours, rule).counts(np.minimum(ours.size, 11), draw.seen) * 1e6
    cheap, dear = Terms(1e-4), Terms(10.0)
    both = play(ours, rule, Mix(cheap, dear, 0.4), draw, known).labels
    first, second = (play(ours, rule, Mix(t, t), draw, known).labels for t in (cheap, dear))
    chosen = draw.place < 0.4
    assert chosen.sum() == -(-ours.units * 2 // 5)
    assert both[chosen].tolist() == first[chosen].tolist()
    assert both[~chosen].tolist() == second[~chosen].tolist()
    assert first.sum() > second.sum()


def test_the_candidates_reach_from_stopping_at_once_to_asking_nearly_always() -> None:
    ours, rule = case(200), PanelRule(random_share=0.0)
    known = Table.of(ours, rule).counts(
        np.minimum(ours.size, 11), ours.revealed(11, np.random.default_rng(5))
    )
    terms = [one for one in candidates(Table.of(ours, rule), known) if one.tilt == 1.0]
    labels = expect_panel(ours, rule, terms, known).labels.mean(1)
    costs = [one.cost for one in terms]
    assert costs == sorted(costs, reverse=True)
    # At the dearest cost only draws are asked on.
    dearer = expect_panel(ours, rule, [Terms(costs[0] * 100)], known).labels.mean()
    assert labels[0] == pytest.approx(dearer)
    assert labels[-1] > 1.5 * labels[0]


def test_a_unit_is_judged_by_priors_that_its_own_votes_have_no_part_in() -> None:
    # Each juror's pattern is met on one unit only: learnt on itself it would tell everything.
    ours = case(40)
    rng = np.random.default_rng(6)
    jurors = np.full(ours.units, ours.units)
    told = Case.of(ours.votes, ours.size, rng.permutation(ours.units), jurors)
    rule = PanelRule(random_share=0.0)
    known = Table.of(told, rule).counts(np.minimum(told.size, 11), told.revealed(11, rng))
    held = expect_held_out(told, rule, [Terms(0.02)], known)
    parts = []
    for out in range(4):
        inside = np.arange(ours.units) % 4 == out
        others = known.copy()
        others[out] = 0
        parts.append((inside, expect_panel(told.part(inside), rule, [Terms(0.02)], others)))
    for inside, alone in parts:
        assert held.labels[:, inside] == pytest.approx(alone.labels)
    known[0] = 0
    again = expect_held_out(told, rule, [Terms(0.02)], known)
    assert again.labels[:, ::4] == pytest.approx(held.labels[:, ::4])


def test_the_terms_chosen_are_as_good_as_the_fixed_rule() -> None:
    ours, rule = case(120), PanelRule()
    known = Table.of(ours, rule).counts(
        np.minimum(ours.size, 11), ours.revealed(11, np.random.default_rng(7))
    )
    chosen = choose(ours, rule, known, (3,))[3]
    found = expect_held_out(ours, rule, (chosen.first, chosen.second), known)
    good = [scores(each, ours.truth)["balanced_accuracy"] for each in found.answer]
    target = scores(expect_fixed(ours, 3), ours.truth)["balanced_accuracy"]
    assert chosen.share * good[0] + (1 - chosen.share) * good[1] == pytest.approx(target)


def test_a_juror_who_is_good_about_one_thing_only_is_used_there() -> None:
    jury = SimulatedJury((0.95,), 0.0, ((0.05,),))
    many, plan = case(240), ReplayPlan((3,), seeds=1)
    told = many.judged_by(jury, np.random.default_rng(8))
    assert set(told.topic.tolist()) == {0, 1}
    # It names the topic only where it says positive.
    assert told.strata is not None
    assert told.strata.stratum.max() == 2
    mixed = [run(many, jury, plan, seed) for seed in range(4)]
    alone = [run(many, None, plan, seed) for seed in range(4)]
    by_topic = {
        topic: sum(int(one.panel[3][0][one.topic == topic].sum()) for one in mixed)
        / sum(int((one.topic == topic).sum()) for one in mixed)
        for topic in (0, 1)
    }
    usual = np.mean([one.panel[3][0].mean() for one in alone])
    assert by_topic[0] < 0.9 * usual
    assert by_topic[1] < 1.05 * usual
