"""Hedge: the textbook's weights, and the bound on its regret for whatever sequence."""

from __future__ import annotations

from math import exp, log, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jury.hedge import Hedge, Round, hedge

EXPERTS = st.integers(2, 6)


@st.composite
def sequences(draw: st.DrawFn) -> tuple[int, list[Round]]:
    experts = draw(EXPERTS)
    value = st.one_of(st.none(), st.sampled_from([0.0, 1.0]), st.floats(0.0, 1.0))
    one = st.builds(
        Round,
        said=st.tuples(*[value] * experts),
        truth=st.integers(0, 1),
    )
    return experts, draw(st.lists(one, max_size=60))


def within(found: Hedge) -> bool:
    assert found.bound is not None
    return found.regret <= found.bound + 1e-9


@settings(max_examples=100, deadline=None)
@given(sequences())
def test_the_regret_is_never_above_the_bound(given_: tuple[int, list[Round]]) -> None:
    experts, rounds = given_
    found = hedge(rounds, experts)
    assert within(found)
    assert sum(found.weights) == pytest.approx(1.0)
    assert min(found.losses) + found.regret == pytest.approx(found.loss)


@pytest.mark.parametrize("experts", [2, 3, 8])
@pytest.mark.parametrize("length", [1, 7, 100, 1500])
def test_an_adversary_that_sees_the_weights_stays_within_the_bound(
    experts: int, length: int
) -> None:
    """Each round the heaviest expert alone is wrong: the worst that can be done to the mixture."""
    eta = sqrt(8 * log(experts) / length)
    weights = [1.0 / experts] * experts
    rounds = []
    for _ in range(length):
        heaviest = max(range(experts), key=weights.__getitem__)
        said = tuple(0.0 if at == heaviest else 1.0 for at in range(experts))
        rounds.append(Round(said, 1))
        kept = [w * exp(-eta * (1 - x)) for w, x in zip(weights, said, strict=True)]
        weights = [each / sum(kept) for each in kept]
    found = hedge(rounds, experts)
    assert within(found)
    # The test would notice a rate that is far off: the adversary does cost something.
    assert found.regret > 0.0
    assert found.weights == pytest.approx(weights)


def test_two_rounds_by_hand() -> None:
    rounds = [Round((1.0, 0.0), 1), Round((1.0, 0.0), 0)]
    found = hedge(rounds, 2)
    eta = sqrt(8 * log(2) / 2)
    first = 1 / (1 + exp(-eta))
    assert found.loss == pytest.approx(0.5 + first)
    assert found.weights == pytest.approx((0.5, 0.5))
    assert found.losses == pytest.approx((1.0, 1.0))
    assert found.bound == pytest.approx(sqrt(log(2)))


def test_a_fixed_share_forgives_and_claims_no_bound() -> None:
    rounds = [Round((1.0, 0.0), 1)] * 50 + [Round((1.0, 0.0), 0)] * 10
    rigid, lenient = hedge(rounds, 2), hedge(rounds, 2, alpha=0.05)
    assert lenient.bound is None
    assert lenient.weights[1] > rigid.weights[1]


def test_who_abstains_keeps_the_weight_it_had() -> None:
    rounds = [Round((1.0, 0.0, None), 1)] * 5
    found = hedge(rounds, 3)
    assert found.weights[2] > found.weights[1]
    assert found.weights[0] > found.weights[2]
    silent = hedge([Round((None, None), 1)], 2)
    assert silent.weights == (0.5, 0.5)
    assert silent.regret == 0.0


def test_nothing_yet_and_a_single_juror() -> None:
    assert hedge([], 3).weights == pytest.approx((1 / 3,) * 3)
    assert hedge([], 3).bound == 0.0
    alone = hedge([Round((0.0,), 1)], 1)
    assert (alone.weights, alone.regret, alone.bound) == ((1.0,), 0.0, 0.0)


@pytest.mark.parametrize(
    ("rounds", "experts"),
    [([], 0), ([Round((1.0,), 1)], 2), ([Round((1.5,), 1)], 1), ([Round((1.0,), 2)], 1)],
)
def test_a_round_that_does_not_fit_is_refused(rounds: list[Round], experts: int) -> None:
    with pytest.raises(ValueError, match=r"expert|a round of"):
        hedge(rounds, experts)
