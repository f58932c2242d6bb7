from __future__ import annotations

import numpy as np
import pytest

from jury.agreement.rows import VoteRow
from jury.policy.replay.case import BadJury, Case, NoTruth, SimulatedJury, read_case
from jury.policy.replay.expect import expect_fixed, expect_panel
from jury.policy.replay.play import Draw, play
from jury.policy.replay.report import ReplayPlan, replay, scores
from jury.policy.replay.rules import PanelRule, Table

PLAN = ReplayPlan((3,), seeds=2)


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


def test_a_jury_of_votes_must_be_there() -> None:
    with pytest.raises(BadJury, match="no rows of kind juror"):
        replay(case(), "votes", PLAN)
    with pytest.raises(BadJury):
        SimulatedJury((0.7,), 1.5)


def test_a_report_has_the_keys_of_the_contract_and_is_the_same_again() -> None:
    found = replay(case(), SimulatedJury((0.8, 0.8), 0.5), PLAN)
    assert set(found) == {
        "positive_rate", "truth_units", "constant_baseline", "jury_alone", "k", "reason",
    }  # fmt: skip
    one = found["k"]["3"]
    assert set(one["fixed"]) == {"labels", "balanced_accuracy", "f1", "accuracy"}
    assert set(one["curtailed"]) == {"labels", "saving"}
    assert {"labels", "saving", "saving_ci95", "balanced_accuracy", "cost"} <= set(one["policy"])
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
    expected = expect_panel(ours, rule, np.array([0.03]), known)
    fixed = expect_fixed(ours, 3)
    rng = np.random.default_rng(2)
    labels, threes = np.zeros(ours.units), np.zeros(ours.units)
    runs = 60
    for _ in range(runs):
        draw = Draw.of(ours, rule, rng)
        # So heavy a first fit that the run's own votes do not move it.
        labels += play(ours, rule, 0.03, draw, known * 1e6).labels / runs
        most = np.minimum(ours.size, 3)
        seen = np.take_along_axis(draw.seen, most[:, None], axis=1)[:, 0]
        threes += (0.5 + 0.5 * np.sign(2 * seen - most)) / runs
    assert threes == pytest.approx(fixed, abs=0.3)
    assert threes.mean() == pytest.approx(fixed.mean(), abs=0.03)
    heavy = expect_panel(ours, rule, np.array([0.03]), known * 1e6)
    assert labels.mean() == pytest.approx(heavy.labels[0].mean(), abs=0.1)
    assert expected.labels.shape == (1, ours.units)


def test_random_units_get_their_fixed_number() -> None:
    ours, rule = case(40), PanelRule(random_share=0.5)
    draw = Draw.of(ours, rule, np.random.default_rng(3))
    labels = play(ours, rule, 1.0, draw, None).labels
    chosen = draw.random_units
    assert chosen.sum() == round(0.5 * ours.units)
    assert labels[chosen].tolist() == np.minimum(ours.size[chosen], 5).tolist()
