"""What is believed of units while no lead has spoken, and what one more answer is expected to tell.

Per target and question the share of people who would say unsafe has a Beta prior by the jury's vote
pattern: the panel policy's fit, where the policy in question has one; else a fit of the same form on
the votes at hand; with too few of them, Beta(1, 1). The posterior after y unsafe and n safe votes is
Beta(a + y, b + n): P(most of a large panel say unsafe) = 1 - I_0.5(a + y, b + n).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from typing import Final, Literal, cast

import numpy as np

from jury.policy.base import Policy
from jury.policy.cases import Case
from jury.policy.panel.beta import Beta, above_half, log_beta
from jury.policy.panel.fit import DEFAULT_FIT, Fit, VotedUnit, fit_units
from jury.policy.panel.lean import Lean, lean_of
from jury.policy.panel.policy import Panel
from jury.policy.parts import part_of
from jury.verdict import Caution

Basis = Literal["fit", "votes", "flat"]
TOGETHER: Final = 5
"""Answers that are looked at together when one is valued."""
LEAST_UNITS: Final = 30
"""Voted units below which nothing is fitted."""


@dataclass(frozen=True, slots=True)
class Belief:
    """The priors of one question about one target, and what they rest on."""

    fit: Fit
    basis: Basis

    @property
    def words(self) -> str:
        """What the expectations rest on, in a sentence."""
        if self.basis == "flat":
            return f"Fewer than {LEAST_UNITS} units have votes: only each unit's own votes speak."
        where = "the policy's fit" if self.basis == "fit" else "a fit on these units' own votes"
        return f"Posterior of {where}: {self.fit.units} units, {self.fit.votes} votes."

    def posterior(self, lean: Lean) -> Beta:
        """Return what is believed of the share of people who would say unsafe."""
        prior = self.fit.prior(lean.pattern)
        return Beta(prior.a + lean.unsafe, prior.b + lean.safe)


def caution_in(policy: Policy, target: str, question: str) -> Caution:
    """Return how a policy reads needs caution there."""
    read = part_of(policy, target, question).options["caution"]
    return cast("Caution", read)


def beliefs(cases: Iterable[Case], other: Policy, now: Policy) -> Mapping[tuple[str, str], Belief]:
    """Return the belief for each (target, question) that occurs and has safe and unsafe."""
    voted: dict[tuple[str, str], Counter[VotedUnit]] = {}
    for case in cases:
        for unit in case.facts.units:
            place = (unit.target.partition(":")[0], unit.question)
            lean = lean_of(unit, caution_in(other, *place))
            if lean is None:
                continue
            counted = voted.setdefault(place, Counter())
            if lean.unsafe + lean.safe:
                counted[VotedUnit(lean.pattern, lean.unsafe, lean.safe)] += case.count
    return {
        place: _belief(counted, (part_of(other, *place), part_of(now, *place)))
        for place, counted in voted.items()
    }


def _belief(counted: Counter[VotedUnit], policies: Sequence[Policy]) -> Belief:
    for policy in policies:
        if isinstance(policy, Panel) and policy.rule.fit != DEFAULT_FIT:
            return Belief(policy.rule.fit, "fit")
    if counted.total() < LEAST_UNITS:
        return Belief(DEFAULT_FIT, "flat")
    return Belief(_fitted(frozenset(counted.items())), "votes")


@lru_cache(maxsize=64)
def _fitted(counted: frozenset[tuple[VotedUnit, int]]) -> Fit:
    ordered = sorted(counted, key=lambda pair: (pair[0].pattern, pair[0].unsafe, pair[0].safe))
    return fit_units([unit for each, many in ordered for unit in repeat(each, many)])


@lru_cache(maxsize=65_536)
def says_unsafe(posterior: Beta) -> float:
    """Return P(most of a large panel say unsafe)."""
    return float(above_half(np.array(posterior.a), np.array(posterior.b)))


def error(posterior: Beta) -> float:
    """Return the probability that the likelier answer is wrong."""
    probability = says_unsafe(posterior)
    return min(probability, 1.0 - probability)


@lru_cache(maxsize=65_536)
def gain_of_a_label(posterior: Beta) -> float:
    """Return how many errors a further answer is expected to remove.

    One answer alone often cannot turn the likelier side; so it is the best rate over the next one to
    `TOGETHER` answers: (e - E[e after m]) / m, the answers to come being beta-binomial.
    """
    now = error(posterior)
    rates = [(now - _error_after(posterior, m)) / m for m in range(1, TOGETHER + 1)]
    return max(0.0, *rates)


def _error_after(posterior: Beta, answers: int) -> float:
    j = np.arange(answers + 1.0)
    a, b = np.array(posterior.a), np.array(posterior.b)
    choose = -log_beta(j + 1.0, answers - j + 1.0) - np.log(answers + 1.0)
    weight = np.exp(choose + log_beta(a + j, b + answers - j) - log_beta(a, b))
    unsafe = above_half(a + j, b + answers - j)
    return float((weight * np.minimum(unsafe, 1.0 - unsafe)).sum())
