"""A new fit of the panel, with what is needed to judge it: held-out likelihood and reliability.

The units are divided into parts by their order. Each part's votes are predicted by the fit of the
others: by the priors of the jury's patterns, by one prior for all units, and by Beta(1, 1). The
reliability is that of the same held-out predictions on the random units, which got their fixed
number of votes whatever those said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import lgamma
from typing import Final

import numpy as np

from jury.policy.panel.beta import Beta
from jury.policy.panel.fit import DEFAULT_FIT, Fit, Pattern, VotedUnit, fit_units
from jury.policy.panel.stop import majority_of_panel

FOLDS: Final = 4
BINS: Final = 5
LEAST_RANDOM: Final = 20
"""Random units below which no reliability is shown."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A voted unit, and whether it is one of the random ones that got all their votes."""

    unit: VotedUnit
    random: bool = False


@dataclass(frozen=True, slots=True)
class Bin:
    """Random units whose predicted probability of an unsafe majority lies in one range."""

    low: float
    high: float
    n: int
    predicted: float
    observed: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """How predictions and majorities of random units go together.

    Attributes:
        n: Random units.
        bins: Those with a unit.
        calibration_error: Mean distance of predicted and observed, weighted by units.
        brier: Mean squared error of the predictions.
        constant: The same for always predicting the share of unsafe majorities.
    """

    n: int
    bins: tuple[Bin, ...]
    calibration_error: float
    brier: float
    constant: float


@dataclass(frozen=True, slots=True)
class Refit:
    """A fit and how good it is.

    Attributes:
        fit: The fit on all units.
        patterns: (pattern, units, unsafe votes, safe votes) by pattern.
        held_out: Mean log-likelihood of a held-out unit's votes under the patterns' priors.
        held_out_overall: The same under one prior for all units.
        held_out_flat: The same under Beta(1, 1).
        reliability: On the random units; None with a reason.
        no_reliability: That reason.
    """

    fit: Fit
    patterns: tuple[tuple[Pattern, int, int, int], ...]
    held_out: float
    held_out_overall: float
    held_out_flat: float
    reliability: Reliability | None
    no_reliability: str


def refit(seen: Sequence[Seen]) -> Refit:
    """Return the fit of these units, in a stable order, with its figures.

    Raises:
        ValueError: Fewer units with a vote than parts.
    """
    voted = [each for each in seen if each.unit.unsafe + each.unit.safe]
    if len(voted) < FOLDS:
        message = f"fewer than {FOLDS} units with a vote"
        raise ValueError(message)
    fits = [
        fit_units([each.unit for at, each in enumerate(voted) if at % FOLDS != fold])
        for fold in range(FOLDS)
    ]
    scores = np.array([_scores(each.unit, fits[at % FOLDS]) for at, each in enumerate(voted)])
    own, overall, flat = scores.mean(axis=0)
    random = [(each.unit, fits[at % FOLDS]) for at, each in enumerate(voted) if each.random]
    enough = len(random) >= LEAST_RANDOM
    return Refit(
        fit=fit_units([each.unit for each in voted]),
        patterns=_patterns(voted),
        held_out=float(own),
        held_out_overall=float(overall),
        held_out_flat=float(flat),
        reliability=_reliability(random) if enough else None,
        no_reliability=""
        if enough
        else f"{len(random)} random units have all their votes; {LEAST_RANDOM} are needed.",
    )


def log_likelihood(unit: VotedUnit, prior: Beta) -> float:
    """Return log B(a + y, b + n) - log B(a, b), the beta-binomial up to a constant."""
    a, b, y, n = prior.a, prior.b, unit.unsafe, unit.safe
    return (
        lgamma(a + y)
        + lgamma(b + n)
        - lgamma(a + b + y + n)
        - (lgamma(a) + lgamma(b) - lgamma(a + b))
    )


def _scores(unit: VotedUnit, fit: Fit) -> tuple[float, float, float]:
    priors = (fit.prior(unit.pattern), fit.overall, DEFAULT_FIT.overall)
    own, overall, flat = (log_likelihood(unit, prior) for prior in priors)
    return own, overall, flat


def _patterns(voted: Sequence[Seen]) -> tuple[tuple[Pattern, int, int, int], ...]:
    units: Counter[Pattern] = Counter(each.unit.pattern for each in voted)
    unsafe: Counter[Pattern] = Counter()
    safe: Counter[Pattern] = Counter()
    for each in voted:
        unsafe[each.unit.pattern] += each.unit.unsafe
        safe[each.unit.pattern] += each.unit.safe
    return tuple((p, units[p], unsafe[p], safe[p]) for p in sorted(units))


def _reliability(random: Sequence[tuple[VotedUnit, Fit]]) -> Reliability:
    predicted = np.array([_majority(unit, fit) for unit, fit in random])
    # A draw is half a majority, as in the prediction.
    observed = np.array(
        [(unit.unsafe > unit.safe) + 0.5 * (unit.unsafe == unit.safe) for unit, _ in random]
    )
    place = np.minimum((predicted * BINS).astype(int), BINS - 1)
    bins = tuple(
        Bin(
            low=number / BINS,
            high=(number + 1) / BINS,
            n=int((place == number).sum()),
            predicted=float(predicted[place == number].mean()),
            observed=float(observed[place == number].mean()),
        )
        for number in sorted(set(place.tolist()))
    )
    n = len(random)
    return Reliability(
        n=n,
        bins=bins,
        calibration_error=sum(b.n * abs(b.predicted - b.observed) for b in bins) / n,
        brier=float(((predicted - observed) ** 2).mean()),
        constant=float(((observed.mean() - observed) ** 2).mean()),
    )


def _majority(unit: VotedUnit, fit: Fit) -> float:
    """Return P(most of so many people say unsafe) before any of them spoke."""
    prior = fit.prior(unit.pattern)
    size = unit.unsafe + unit.safe
    found = majority_of_panel(np.array(prior.a), np.array(prior.b), np.array(0.0), size)
    return float(found)
