"""How good probabilities of unsafe are: risk and coverage, Brier skill, reliability.

All of it is against labels that the probabilities had no part in, so give held-out ones. Nothing here
quotes plain accuracy alone: with 3 % unsafe, always saying safe is 97 % right.

Sources: G. W. Brier, Verification of forecasts expressed in terms of probability (1950); R. El-Yaniv and
Y. Wiener, On the foundations of noise-free selective classification (2010), for risk and coverage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from jury.agreement.columns import Floats
from jury.agreement.interval import wilson
from jury.policy.panel.stop import Flags

EDGES: Final = (0.0, 0.01, 0.05, 0.2, 0.5, 0.8, 1.0)


@dataclass(frozen=True, slots=True)
class Settled:
    """The units settled when only those at least so sure are, the others going to people.

    Attributes:
        sure: The least probability of the given answer among them.
        coverage: Their share of all units.
        error: Share of them that are answered wrongly.
        f1: F1 of unsafe among them; None where there is no unsafe one and none is called so.
        balanced_accuracy: Mean share of both classes answered rightly; None with one class only.
        missed: Unsafe units settled as safe.
        alarms: Safe units settled as unsafe.
        unsafe: Unsafe units among them.
        units: How many they are.
    """

    sure: float
    coverage: float
    error: float
    f1: float | None
    balanced_accuracy: float | None
    missed: int
    alarms: int
    unsafe: int
    units: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Units whose probability lies in a range: what was said and what was so.

    Attributes:
        low: The range's lower end.
        high: Its upper end.
        units: How many there are.
        said: Mean probability.
        so: Share that is unsafe.
        interval: Wilson's 95 % interval of `so`.
    """

    low: float
    high: float
    units: int
    said: float
    so: float
    interval: tuple[float, float]


def risk_coverage(probability: Floats, truth: Flags) -> tuple[Settled, ...]:
    """Return the curve, from the surest units alone to all of them.

    Units that are equally sure stand or fall together, so that no order among equals is invented.

    Args:
        probability: Of unsafe.
        truth: Whether the unit is unsafe.
    """
    sure = np.maximum(probability, 1.0 - probability)
    order = np.argsort(-sure, kind="stable")
    says, so, level = probability[order] > 0.5, truth[order], sure[order]
    ends = np.flatnonzero(np.r_[level[1:] != level[:-1], True])
    sums = [
        np.cumsum(each)[ends].tolist() for each in (says & so, ~says & so, says & ~so, ~says & ~so)
    ]
    return tuple(
        _settled(float(level[end]), len(truth), *counts)
        for end, *counts in zip(ends, *sums, strict=True)
    )


def most_settled(curve: Sequence[Settled], error: float) -> Settled | None:
    """Return the point of the largest coverage with at most that error, None if there is none."""
    return max(
        (point for point in curve if point.error <= error),
        key=lambda point: point.coverage,
        default=None,
    )


def brier(probability: Floats, truth: Flags) -> float:
    """Return the mean squared distance of probability and truth."""
    return float(np.mean((probability - truth) ** 2))


def brier_skill(probability: Floats, constant: Floats, truth: Flags) -> float | None:
    """Return 1 - Brier / Brier of a constant; 0 is no better than knowing the prevalence alone.

    Args:
        probability: Of unsafe.
        constant: What the constant says of each unit, such as the prevalence elsewhere.
        truth: Whether the unit is unsafe.
    """
    usual = brier(constant, truth)
    return 1.0 - brier(probability, truth) / usual if usual > 0 else None


def reliability(
    probability: Floats, truth: Flags, edges: Sequence[float] = EDGES
) -> tuple[Bin, ...]:
    """Return the bins that hold any unit; a bin holds its lower end, the last one both."""
    place = np.clip(np.searchsorted(edges, probability, side="right") - 1, 0, len(edges) - 2)
    found = []
    for number in np.unique(place).tolist():
        inside = place == number
        units, unsafe = int(inside.sum()), int(truth[inside].sum())
        interval = wilson(unsafe, units)
        found.append(
            Bin(
                edges[number],
                edges[number + 1],
                units,
                float(probability[inside].mean()),
                unsafe / units,
                (interval.low, interval.high),
            )
        )
    return tuple(found)


def expected_calibration_error(bins: Sequence[Bin]) -> float:
    """Return the mean distance of what was said and what was so, weighted by units."""
    units = sum(one.units for one in bins)
    return sum(one.units * abs(one.said - one.so) for one in bins) / units


def _settled(sure: float, whole: int, *counts: int) -> Settled:
    hits, missed, alarms, spared = counts
    units, unsafe, safe = sum(counts), hits + missed, alarms + spared
    called = hits + alarms
    return Settled(
        sure=sure,
        coverage=units / whole,
        error=(missed + alarms) / units,
        f1=2 * hits / (called + unsafe) if called + unsafe else None,
        balanced_accuracy=0.5 * (hits / unsafe + spared / safe) if unsafe and safe else None,
        missed=missed,
        alarms=alarms,
        unsafe=unsafe,
        units=units,
    )
