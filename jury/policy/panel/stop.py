"""When to stop asking: a finite-horizon dynamic programme over the votes so far.

A state is (y, n): y people said unsafe, n said safe. What is settled is always what most of them
said, so stopping is worth P w_u where y > n and (1 - P) w_s where y < n, P being the probability that
the majority of the whole panel says unsafe. A draw settles nothing; where nobody more is asked it is
worth half of each. One more vote costs c and is worth p V(y + 1, n) + (1 - p) V(y, n + 1), with
p = (a + y) / (a + b + y + n). Ask on where that is worth more.

Stopping at max(P w_u, (1 - P) w_s) instead would count on answers that are never given: a jury and
class weights choose how many people are asked, never what they said. Everything is computed for
whole stacks of priors at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from jury.agreement.columns import Floats
from jury.policy.panel.beta import Beta, above_half, log_beta

Flags = npt.NDArray[np.bool_]
# A table of so many votes has 351 states; nobody reads a longer one.
MOST_VOTES: Final = 25


@dataclass(frozen=True, slots=True)
class Stakes:
    """What is at stake: the worth of a right answer in each class, and the cost of a vote."""

    unsafe: float
    safe: float
    cost: float

    @classmethod
    def balanced(cls, share_unsafe: float, cost: float) -> Stakes:
        """Return weights that make the expected worth the expected balanced accuracy."""
        return cls(0.5 / share_unsafe, 0.5 / (1.0 - share_unsafe), cost)


@dataclass(frozen=True, slots=True, eq=False)
class Rounds:
    """The states after t votes, t = 0 … horizon; the last axis of each array is y = 0 … t.

    Attributes:
        unsafe: P, the probability that the whole panel's majority says unsafe.
        gain: What one more vote is worth above stopping, its cost taken off; -inf at the horizon.
        says_unsafe: What most of the people asked said; on a draw, the answer that is worth more.
        stop: Whether stopping is best; never on a draw, but at the horizon.
    """

    unsafe: tuple[Floats, ...]
    gain: tuple[Floats, ...]
    says_unsafe: tuple[Flags, ...]
    stop: tuple[Flags, ...]

    @property
    def horizon(self) -> int:
        """The most votes ever asked."""
        return len(self.unsafe) - 1


def majority_of_panel(a: Floats, b: Floats, lead: Floats, left: int) -> Floats:
    """Return P(unsafe has more votes than safe at the end), a draw counting half.

    The votes to come are beta-binomial.

    Args:
        a: The posterior's a.
        b: The posterior's b.
        lead: Unsafe minus safe votes so far.
        left: Votes still to come, 0 or more.
    """
    j = np.arange(left + 1.0)
    a, b = np.asarray(a)[..., None], np.asarray(b)[..., None]
    weight = np.exp(_log_choose(left) + log_beta(a + j, b + left - j) - log_beta(a, b))
    final = np.asarray(lead)[..., None] + 2.0 * j - left
    wins = (final > 0) + 0.5 * (final == 0)
    return np.asarray(np.clip((weight * wins).sum(-1), 0.0, 1.0))


@lru_cache(maxsize=64)
def _log_choose(left: int) -> Floats:
    """Return the logarithms of the binomial coefficients (left, 0) … (left, left)."""
    j = np.arange(left + 1.0)
    found: Floats = -log_beta(j + 1.0, left - j + 1.0) - np.log(left + 1.0)
    found.flags.writeable = False
    return found


def probabilities(a: Floats, b: Floats, horizon: int, panel: int | None) -> tuple[Floats, ...]:
    """Return P for the states of each number of votes up to the horizon.

    Args:
        a: The priors' a, of any shape.
        b: The priors' b, of the same shape.
        horizon: The most votes asked; not above the panel.
        panel: Members of the whole panel; None means a large one.
    """
    a, b = np.asarray(a, np.float64)[..., None], np.asarray(b, np.float64)[..., None]
    if panel is None:
        y = np.concatenate([np.arange(t + 1.0) for t in range(horizon + 1)])
        total = np.repeat(np.arange(horizon + 1.0), np.arange(1, horizon + 2))
        flat = above_half(a + y, b + total - y)
        return tuple(np.split(flat, np.cumsum(np.arange(1, horizon + 1)), axis=-1))
    found = []
    for t in range(horizon + 1):
        y = np.arange(t + 1.0)
        found.append(majority_of_panel(a + y, b + t - y, 2.0 * y - t, panel - t))
    return tuple(found)


def solve(
    a: Floats,
    b: Floats,
    unsafe: tuple[Floats, ...],
    weights: tuple[Floats, Floats],
    *,
    cost: Floats,
    floor: int,
) -> Rounds:
    """Return the best rule by backward induction.

    Args:
        a: The priors' a.
        b: The priors' b.
        unsafe: P by round, see :func:`probabilities`.
        weights: Worth of a right unsafe and of a right safe answer, shaped to fit the priors.
        cost: Cost of a vote, shaped to fit the priors.
        floor: Votes below which nothing is stopped.
    """
    a, b, cost = (np.asarray(each, np.float64)[..., None] for each in (a, b, cost))
    w_unsafe, w_safe = (np.asarray(each, np.float64)[..., None] for each in weights)
    horizon = len(unsafe) - 1
    gain: list[Floats] = []
    stop: list[Flags] = []
    value: Floats | None = None
    says: list[Flags] = []
    for t in range(horizon, -1, -1):
        lead = 2 * np.arange(t + 1) - t
        if_unsafe, if_safe = unsafe[t] * w_unsafe, (1.0 - unsafe[t]) * w_safe
        drawn = 0.5 * (if_unsafe + if_safe)
        settled = np.where(lead > 0, if_unsafe, np.where(lead < 0, if_safe, drawn))
        says.append((lead > 0) | ((lead == 0) & (if_unsafe > if_safe)))
        if value is None:
            gain.append(np.full_like(settled, -np.inf))
            stop.append(np.ones(settled.shape, np.bool_))
            value = settled
            continue
        p = (a + np.arange(t + 1.0)) / (a + b + t)
        more = p * value[..., 1:] + (1.0 - p) * value[..., :-1] - cost
        gain.append(more - settled)
        stop.append((gain[-1] <= 0) & (t >= floor) & (lead != 0))
        value = np.where(stop[-1], settled, more)
    return Rounds(unsafe, tuple(gain[::-1]), tuple(says[::-1]), tuple(stop[::-1]))


def stop_table(
    prior: Beta, stakes: Stakes, *, horizon: int, floor: int = 0, panel: int | None = None
) -> Rounds:
    """Return the stop table of one prior: at most (horizon + 1)(horizon + 2) / 2 states.

    Args:
        prior: Of the share who would say unsafe.
        stakes: Class weights and the cost of a vote.
        horizon: The most votes asked.
        floor: Votes below which nothing is stopped.
        panel: Members of the whole panel; None means a large one.
    """
    a, b = np.array(prior.a), np.array(prior.b)
    weights = (np.array(stakes.unsafe), np.array(stakes.safe))
    unsafe = probabilities(a, b, horizon, panel)
    return solve(a, b, unsafe, weights, cost=np.array(stakes.cost), floor=floor)
