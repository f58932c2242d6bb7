"""Re-fits: held-out figures that tell a good jury from a random one, and reliability with its n."""

from __future__ import annotations

import math

import numpy as np
import pytest

from jury.policy.panel.beta import Beta, log_beta
from jury.policy.panel.fit import Pattern, VotedUnit, fit_units
from jury.policy.refit import LEAST_RANDOM, Seen, log_likelihood, refit


def simulated(units: int, *, skill: float, seed: int = 1) -> list[Seen]:
    """Three jurors who are right so often; five votes on every tenth unit, three on others."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(units):
        share = rng.beta(0.4, 1.2)
        truth = share > 0.5
        said = int((rng.random(3) < (skill if truth else 1 - skill)).sum())
        votes = 5 if number % 10 == 0 else 3
        unsafe = int((rng.random(votes) < share).sum())
        unit = VotedUnit(Pattern(said, 3), unsafe, votes - unsafe)
        found.append(Seen(unit, random=number % 10 == 0))
    return found


def test_a_jury_that_knows_something_makes_held_out_votes_likelier() -> None:
    found = refit(simulated(600, skill=0.9))
    assert found.held_out > found.held_out_overall + 0.02
    assert found.held_out_overall > found.held_out_flat
    assert found.fit.weight > 0


def test_a_random_jury_is_not_believed_and_costs_nothing() -> None:
    found = refit(simulated(600, skill=0.5))
    assert found.held_out == pytest.approx(found.held_out_overall, abs=0.02)


def test_the_reliability_is_of_the_random_units_with_their_number() -> None:
    found = refit(simulated(600, skill=0.9))
    assert found.reliability is not None
    assert found.reliability.n == 60
    assert sum(each.n for each in found.reliability.bins) == 60
    assert found.reliability.brier < found.reliability.constant
    assert found.no_reliability == ""


def test_too_few_random_units_give_a_reason_instead() -> None:
    found = refit(simulated(100, skill=0.9))
    assert found.reliability is None
    assert found.no_reliability == (
        f"10 random units have all their votes; {LEAST_RANDOM} are needed."
    )


def test_the_fit_is_that_of_all_units_and_the_patterns_add_up() -> None:
    seen = simulated(200, skill=0.8)
    found = refit(seen)
    assert found.fit == fit_units([each.unit for each in seen])
    assert sum(units for _, units, _, _ in found.patterns) == 200
    assert sum(y + n for _, _, y, n in found.patterns) == found.fit.votes


def test_the_likelihood_is_the_beta_binomial() -> None:
    found = log_likelihood(VotedUnit(Pattern(0, 0), 2, 1), Beta(1.5, 2.5))
    table = log_beta(np.array(3.5), np.array(3.5)) - log_beta(np.array(1.5), np.array(2.5))
    assert found == pytest.approx(float(table))
    assert math.exp(log_likelihood(VotedUnit(Pattern(0, 0), 1, 0), Beta(1, 1))) == pytest.approx(
        0.5
    )


def test_without_votes_there_is_no_fit() -> None:
    with pytest.raises(ValueError, match="with a vote"):
        refit([Seen(VotedUnit(Pattern(1, 3), 0, 0))] * 9)
