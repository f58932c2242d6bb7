from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jury.policy.calibration import (
    brier,
    brier_skill,
    expected_calibration_error,
    most_settled,
    reliability,
    risk_coverage,
)
from jury.policy.panel.alone import held_out
from jury.policy.panel.fit import Pattern, VotedUnit

PAIRS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.3, 0.45, 0.6, 0.9, 1.0]), st.booleans()), min_size=1
)


@given(PAIRS)
def test_each_point_counts_the_units_at_least_so_sure(pairs: list[tuple[float, bool]]) -> None:
    probability = np.array([p for p, _ in pairs])
    truth = np.array([t for _, t in pairs])
    curve = risk_coverage(probability, truth)
    assert [one.sure for one in curve] == sorted({max(p, 1 - p) for p, _ in pairs}, reverse=True)
    for one in curve:
        inside = [(p > 0.5, t) for p, t in pairs if max(p, 1 - p) >= one.sure]
        wrong = sum(says != so for says, so in inside)
        assert one.units == len(inside)
        assert one.coverage == pytest.approx(len(inside) / len(pairs))
        assert one.error == pytest.approx(wrong / len(inside))
        assert one.missed + one.alarms == wrong
        assert one.unsafe == sum(so for _, so in inside)
    assert curve[-1].coverage == 1


def test_the_largest_coverage_within_an_error_is_taken() -> None:
    probability = np.array([0.01, 0.02, 0.98, 0.4, 0.45])
    truth = np.array([False, False, True, False, True])
    curve = risk_coverage(probability, truth)
    best = most_settled(curve, 0.0)
    assert best is not None
    assert (best.units, best.f1, best.balanced_accuracy) == (4, 1.0, 1.0)
    assert most_settled(risk_coverage(np.array([0.9]), np.array([False])), 0.5) is None


def test_one_class_alone_has_no_balanced_accuracy() -> None:
    (only,) = risk_coverage(np.array([0.1, 0.1]), np.array([False, False]))
    assert (only.f1, only.balanced_accuracy, only.error) == (None, None, 0.0)


def test_skill_is_nothing_for_the_constant_and_one_for_an_oracle() -> None:
    truth = np.array([True, False, False, False])
    constant = np.full(4, 0.25)
    assert brier(constant, truth) == pytest.approx(0.1875)
    assert brier_skill(constant, constant, truth) == pytest.approx(0)
    assert brier_skill(truth.astype(float), constant, truth) == pytest.approx(1)
    assert brier_skill(1.0 - truth, constant, truth) == pytest.approx(1 - 1 / 0.1875)
    assert brier_skill(np.zeros(2), np.zeros(2), np.zeros(2, bool)) is None


def test_bins_say_what_was_said_and_what_was_so() -> None:
    rng = np.random.default_rng(1)
    probability = rng.random(20_000)
    truth = rng.random(20_000) < probability
    bins = reliability(probability, truth)
    assert sum(one.units for one in bins) == 20_000
    assert expected_calibration_error(bins) < 0.01
    boasting = reliability(np.where(probability > 0.5, 1.0, 0.0), truth)
    assert [one.units for one in boasting] == [one.units for one in boasting if one.units]
    assert expected_calibration_error(boasting) > 0.2


def judged(units: int, right: float) -> list[VotedUnit]:
    rng = np.random.default_rng(2)
    found = []
    for _ in range(units):
        unsafe = bool(rng.random() < 0.2)
        said = int(sum(rng.random(3) < (right if unsafe else 1 - right)))
        found.append(VotedUnit(Pattern(said, 3), int(unsafe), int(not unsafe)))
    return found


def test_held_out_probabilities_are_calibrated_and_those_of_a_coin_are_the_constant() -> None:
    good = held_out(judged(1500, 0.9))
    assert expected_calibration_error(reliability(good.probability, good.truth)) < 0.03
    skill = brier_skill(good.probability, good.constant, good.truth)
    assert skill is not None
    assert skill > 0.4
    coin = held_out(judged(1500, 0.5))
    useless = brier_skill(coin.probability, coin.constant, coin.truth)
    assert useless == pytest.approx(0, abs=0.02)


def test_a_unit_is_never_told_from_its_own_votes() -> None:
    # The other units make the jury believed; this pattern is met once, so elsewhere nobody knows it.
    units = [*judged(600, 0.9), VotedUnit(Pattern(3, 4), 1, 0)]
    found = held_out(units)
    assert found.probability[-1] == pytest.approx(found.constant[-1], abs=0.03)
    assert np.ptp(found.probability) > 0.5
    assert sorted(set(found.fold)) == [0, 1, 2, 3, 4]
    by_fold = [found.truth[np.array(found.fold) == fold].sum() for fold in range(5)]
    assert max(by_fold) - min(by_fold) <= 1
