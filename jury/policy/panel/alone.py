"""What a jury could settle alone, tried out on units that people have judged.

This is a measurement, never a ruling: below the human floor nothing is settled. Each unit's probability
comes from priors fitted on the other folds, so that no unit is told from its own votes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jury.agreement.columns import Floats
from jury.policy.panel.fit import VotedUnit, fit_units
from jury.policy.panel.stop import Flags


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """What was said of units by fits that did not see them.

    Attributes:
        probability: That a person says unsafe, by the unit's jury vote pattern.
        constant: The same without the jury: the share of unsafe votes in the other folds.
        truth: Whether most people said unsafe.
        fold: The fold each unit was held out in.
    """

    probability: Floats
    constant: Floats
    truth: Flags
    fold: tuple[int, ...]


def held_out(units: Sequence[VotedUnit], *, folds: int = 5, seed: int = 0) -> HeldOut:
    """Return held-out probabilities of units that people voted on.

    Args:
        units: Units with a majority among their people, in a stable order.
        folds: How many parts; each class is dealt out evenly.
        seed: Of the deal.
    """
    truth = np.array([unit.unsafe > unit.safe for unit in units])
    rng = np.random.default_rng(seed)
    fold = np.zeros(len(units), np.int64)
    for side in (truth, ~truth):
        mixed = rng.permutation(np.flatnonzero(side))
        fold[mixed] = np.arange(len(mixed)) % folds
    probability, constant = np.zeros(len(units)), np.zeros(len(units))
    for out in range(folds):
        others = [unit for unit, at in zip(units, fold, strict=True) if at != out]
        fit, inside = fit_units(others), np.flatnonzero(fold == out)
        probability[inside] = [fit.prior(units[at].pattern).mean for at in inside.tolist()]
        votes = sum(unit.unsafe + unit.safe for unit in others)
        constant[inside] = sum(unit.unsafe for unit in others) / max(votes, 1)
    return HeldOut(probability, constant, truth, tuple(fold.tolist()))
