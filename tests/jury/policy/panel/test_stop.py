from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jury.policy.panel.beta import Beta, above_half
from jury.policy.panel.curtail import outcome_is_fixed, votes_needed
from jury.policy.panel.stop import Stakes, majority_of_panel, stop_table

PRIORS = st.builds(Beta, st.floats(0.2, 6.0), st.floats(0.2, 6.0))
STAKES = st.builds(Stakes, st.floats(0.5, 4.0), st.floats(0.5, 4.0), st.floats(0.001, 0.1))


def brute(prior: Beta, stakes: Stakes, *, horizon: int, panel: int | None) -> float:
    """Return the worth of the best of ALL rules that stop or ask, tried one by one.

    The answer is what most said, so a draw cannot be stopped at before the horizon.
    """
    states = [(y, t) for t in range(horizon + 1) for y in range(t + 1)]
    stopping = {}
    for y, t in states:
        a, b = np.array(prior.a + y), np.array(prior.b + t - y)
        p = float(
            above_half(a, b)
            if panel is None
            else majority_of_panel(a, b, np.array(2.0 * y - t), panel - t)
        )
        unsafe, safe = p * stakes.unsafe, (1 - p) * stakes.safe
        stopping[(y, t)] = (unsafe + safe) / 2 if 2 * y == t else unsafe if 2 * y > t else safe

    def worth(y: int, t: int, stops: dict[tuple[int, int], bool]) -> float:
        if t == horizon or stops.get((y, t), False):
            return stopping[(y, t)]
        share = (prior.a + y) / (prior.a + prior.b + t)
        more = share * worth(y + 1, t + 1, stops) + (1 - share) * worth(y, t + 1, stops)
        return more - stakes.cost

    decided = [(y, t) for y, t in states if t < horizon and 2 * y != t]
    return max(
        worth(0, 0, dict(zip(decided, choice, strict=True)))
        for choice in itertools.product((True, False), repeat=len(decided))
    )


@settings(max_examples=40, deadline=None)
@given(PRIORS, STAKES, st.sampled_from([None, 4, 7]), st.integers(1, 4))
def test_the_table_is_the_best_of_all_rules(
    prior: Beta, stakes: Stakes, panel: int | None, horizon: int
) -> None:
    table = stop_table(prior, stakes, horizon=horizon, panel=panel)
    p = float(table.unsafe[0][0])
    nothing_said = 0.5 * (p * stakes.unsafe + (1 - p) * stakes.safe)
    value = nothing_said + float(table.gain[0][0])
    assert value == pytest.approx(brute(prior, stakes, horizon=horizon, panel=panel), abs=1e-9)


@given(PRIORS, STAKES)
def test_the_posterior_is_monotone_in_votes(prior: Beta, stakes: Stakes) -> None:
    table = stop_table(prior, stakes, horizon=8)
    for t, unsafe in enumerate(table.unsafe):
        assert (np.diff(unsafe) >= -1e-12).all()
        if t:
            before = table.unsafe[t - 1]
            assert (unsafe[1:] >= before - 1e-12).all()  # one more unsafe vote
            assert (unsafe[:-1] <= before + 1e-12).all()  # one more safe vote


@given(PRIORS, STAKES)
def test_a_draw_settles_nothing_and_the_answer_is_what_most_said(
    prior: Beta, stakes: Stakes
) -> None:
    table = stop_table(prior, stakes, horizon=7)
    for t, (stop, says) in enumerate(zip(table.stop, table.says_unsafe, strict=True)):
        lead = 2 * np.arange(t + 1) - t
        assert (says[lead > 0]).all()
        assert not (says[lead < 0]).any()
        assert t == 7 or not stop[lead == 0].any()


def test_a_table_has_at_most_78_states_and_ends() -> None:
    table = stop_table(Beta(1, 2), Stakes.balanced(0.2, 0.02), horizon=11, floor=1)
    assert sum(len(each) for each in table.stop) == 78
    assert table.stop[11].all()
    assert not table.stop[0].any()


def test_a_dearer_vote_is_asked_for_less() -> None:
    def asked_at(cost: float) -> int:
        stop = stop_table(Beta(1, 2), Stakes(1, 1, cost), horizon=7).stop
        # A draw is asked on whatever it costs.
        return sum(int((~s)[2 * np.arange(t + 1) != t].sum()) for t, s in enumerate(stop))

    asked = [asked_at(cost) for cost in (0.001, 0.02, 0.2)]
    assert asked == sorted(asked, reverse=True)
    assert asked[-1] == 0


@given(st.lists(st.booleans(), min_size=9, max_size=9), st.integers(1, 9))
def test_curtailment_keeps_every_label(votes: list[bool], k: int) -> None:
    seen = np.concatenate([[0], np.cumsum(votes)])
    used = int(votes_needed(seen, np.array(k)))
    assert used <= k
    full, short = int(seen[k]), int(seen[used])
    # The one with more than half of k votes is the same, or nobody has it.
    assert (full * 2 > k) == (short * 2 > k)
    assert ((k - full) * 2 > k) == ((used - short) * 2 > k)
    fixed = [outcome_is_fixed([int(seen[t]), t - int(seen[t])], k) for t in range(k + 1)]
    assert fixed.index(True) == used


@given(st.lists(st.sampled_from("abc"), min_size=7, max_size=7), st.integers(1, 7))
def test_curtailment_of_many_values_keeps_the_majority(votes: list[str], k: int) -> None:
    def majority(said: list[str]) -> str:
        return next((v for v in "abc" if said.count(v) * 2 > k), "")

    counts = ([votes[:t].count(v) for v in "abc"] for t in range(k + 1))
    used = next(t for t, each in enumerate(counts) if outcome_is_fixed(each, k))
    assert majority(votes[:used]) == majority(votes[:k])
