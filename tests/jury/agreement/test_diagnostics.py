from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jury.agreement.columns import Columns, columns
from jury.agreement.diagnostics import DawidSkene, RaterDiagnosis, dawid_skene
from tests.jury.agreement.cases import Triple, random_columns, triples


def likelihood(fit: DawidSkene, votes: Columns) -> float:
    """Return the log-likelihood of the fit's own parameters, unit by unit."""
    total = 0.0
    for unit in range(len(votes.units)):
        mine = np.flatnonzero(votes.unit == unit)
        chances = fit.priors.copy()
        for vote in mine:
            for hidden in range(len(fit.values)):
                row = fit.raters[votes.rater[vote]].confusion[hidden]
                chances[hidden] *= 0.0 if row is None else row[votes.value[vote]]
        total += math.log(chances.sum())
    return total


@settings(max_examples=60)
@given(triples(), st.integers(0, 30))
def test_the_log_likelihood_never_falls(votes: list[Triple], steps: int) -> None:
    if not votes:
        return
    fit = dawid_skene(columns(votes), steps=steps, tolerance=0)
    assert all(math.isfinite(value) for value in fit.log_likelihood)
    assert (np.diff(fit.log_likelihood) >= 0).all()
    assert fit.posterior.sum(axis=1) == pytest.approx(1.0)


def test_it_never_falls_on_votes_with_missing_ones_and_many_values() -> None:
    fit = dawid_skene(random_columns(6, units=400, values=4, most=9), tolerance=1e-13)
    assert fit.converged
    assert len(fit.log_likelihood) > 20
    assert (np.diff(fit.log_likelihood) >= 0).all()


def test_it_is_the_true_log_likelihood_of_the_parameters() -> None:
    votes = random_columns(7, units=60, values=3, most=4)
    fit = dawid_skene(votes, tolerance=1e-14)
    assert fit.converged
    assert likelihood(fit, votes) == pytest.approx(fit.log_likelihood[-1], rel=1e-6)


def planted(units: int) -> tuple[Columns, list[str]]:
    """Return votes of four good raters, one who turns answers round, and one who always says a."""
    rng = np.random.default_rng(8)
    truth = rng.choice(["a", "b"], units, p=[0.7, 0.3])
    votes = []
    for unit, answer in enumerate(truth):
        other = "b" if answer == "a" else "a"
        good = [answer if rng.random() < 0.85 else other for _ in range(4)]
        votes += [(f"u{unit:05}", f"good{rater}", label) for rater, label in enumerate(good)]
        votes.append((f"u{unit:05}", "reversed", other if rng.random() < 0.9 else answer))
        votes.append((f"u{unit:05}", "same", "a"))
    return columns(votes), truth.tolist()


def test_it_finds_the_rater_who_turns_answers_round() -> None:
    votes, truth = planted(2000)
    fit = dawid_skene(votes)
    by_name = {rater.rater: rater for rater in fit.raters}
    assert by_name["reversed"].accuracy < 0.2
    assert by_name["good0"].accuracy > 0.8
    assert by_name["same"].confusion == ((1.0, 0.0), (1.0, 0.0))
    assert by_name["same"].n == 2000
    guessed = [fit.values[number] for number in fit.posterior.argmax(axis=1)]
    assert np.mean([a == b for a, b in zip(guessed, truth, strict=True)]) > 0.9


def test_distinction_is_nothing_by_chance_and_one_without_error() -> None:
    """By the definition: the mean over pairs of classes of half the squared distance of their rows."""
    votes, _ = planted(2000)
    by_name = {rater.rater: rater for rater in dawid_skene(votes).raters}
    assert by_name["same"].distinction == 0
    assert by_name["good0"].distinction == pytest.approx((2 * 0.85 - 1) ** 2, abs=0.05)
    assert by_name["reversed"].distinction == pytest.approx((2 * 0.9 - 1) ** 2, abs=0.05)
    perfect = RaterDiagnosis("r", 3, 1.0, ((1, 0, 0), (0, 1, 0), (0, 0, 1)))
    assert perfect.distinction == 1
    mixed = RaterDiagnosis("r", 3, 0.5, ((1, 0, 0), (0.5, 0.5, 0), None))
    assert mixed.distinction == pytest.approx((0.5**2 + 0.5**2) / 2)
    assert RaterDiagnosis("r", 3, 1.0, ((1, 0), None)).distinction is None


def test_a_label_that_wins_no_unit_makes_nobody_right() -> None:
    """Two are flawless, a third alone says "odd" now and then: nothing speaks for a class of its own."""
    said = [(f"u{n}", r, "b" if n % 4 == 0 else "a") for n in range(200) for r in ("r1", "r2")]
    said += [(f"u{n}", "r3", "odd" if n % 40 == 1 else "ab"[n % 4 == 0]) for n in range(200)]
    by_name = {rater.rater: rater for rater in dawid_skene(columns(said)).raters}
    assert by_name["r1"].confusion[2] is by_name["r3"].confusion[2] is None
    assert by_name["r1"].distinction == by_name["r2"].distinction == pytest.approx(1)
    assert (by_name["r3"].distinction or 1) < 0.99


def test_merging_equal_units_changes_nothing() -> None:
    # Each unit twice: all pairs merge. The fit is that of the units once, the likelihood double.
    once = random_columns(9, units=50, values=3, most=4)
    names = dict(enumerate(once.units))
    votes = [
        (names[u], once.raters[r], once.values[v])
        for u, r, v in zip(
            once.unit.tolist(), once.rater.tolist(), once.value.tolist(), strict=True
        )
    ]
    twice = columns([*votes, *((f"{unit}+", rater, value) for unit, rater, value in votes)])
    one, two = (dawid_skene(some, steps=8, tolerance=0) for some in (once, twice))
    assert np.array(two.log_likelihood) == pytest.approx(2 * np.array(one.log_likelihood))
    assert two.posterior[::2] == pytest.approx(one.posterior)
    assert two.posterior[1::2] == pytest.approx(one.posterior)


def test_one_label_throughout_is_one_class() -> None:
    fit = dawid_skene(columns([("u1", "a", "x"), ("u2", "a", "x")]))
    assert fit.converged
    assert fit.log_likelihood[-1] == pytest.approx(0.0)
    assert fit.posterior.tolist() == [[1.0], [1.0]]
