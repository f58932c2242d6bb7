"""The panel policy on stored votes: its tables as they are fitted anew while votes come in.

All open units are asked in rounds of one vote; after the early rounds the priors are fitted anew on
every vote seen so far, as the running policy does between its tasks. Random units always get
their fixed number of votes. A unit is left alone once its table says stop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from jury.agreement.columns import Floats, Ints
from jury.policy.panel.prior import FOLDS, Strata, coarse_grid, fit_priors
from jury.policy.panel.stop import Rounds, probabilities, solve
from jury.policy.replay.case import Case

REFITS: Final = frozenset({1, 2, 3, 4, 5, 7, 9})
# Panels above this are taken as large: their majority and a large one's hardly differ.
_LARGE_PANEL: Final = 21
_LEAST_SHARE: Final = 0.01


@dataclass(frozen=True, slots=True)
class PanelRule:
    """How the panel is played.

    Attributes:
        max_votes: The most votes asked for a unit.
        floor: Votes of people below which nothing is settled.
        random_share: Units, drawn at random, that always get `random_votes`.
        random_votes: Votes of those.
    """

    max_votes: int = 11
    floor: int = 1
    random_share: float = 0.03
    random_votes: int = 5


@dataclass(frozen=True, slots=True)
class Terms:
    """What a vote costs, and a factor on the positive class's weight beside what balances the two."""

    cost: float
    tilt: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The units of a case as the policy sees them, and the options.

    Attributes:
        rule: The options.
        pattern: The number of each unit's jury vote pattern.
        patterns: How many patterns there are.
        strata: How the patterns lie in strata; None where there is one.
        panel: The size of each unit's whole panel, 0 for a large one.
        most: Votes at which each unit ends anyhow.
        fold: The part in which each unit is held out.
    """

    rule: PanelRule
    pattern: Ints
    patterns: int
    strata: Strata | None
    panel: Ints
    most: Ints
    fold: Ints

    @classmethod
    def of(cls, case: Case, rule: PanelRule) -> Table:
        """Return a case as the policy sees it."""
        return cls(
            rule,
            case.pattern,
            case.patterns,
            case.strata,
            np.where(case.size > _LARGE_PANEL, 0, case.size),
            np.minimum(case.size, rule.max_votes),
            folds(case),
        )

    @property
    def cells(self) -> int:
        """How many kinds of (unsafe, safe) votes a unit can have."""
        return len(_cells(self.rule.max_votes))

    def rounds(self, counts: Floats, terms: Sequence[Terms]) -> dict[int, Rounds]:
        """Fit the priors on the votes so far and return the stop tables by panel size.

        Args:
            counts: Units by (fold, pattern, cell).
            terms: The first axis of the tables stands for these.
        """
        likelihood = _likelihood(self.rule.max_votes)
        fitted = fit_priors(counts[None], likelihood, coarse_grid(), strata=self.strata)
        a, b = fitted.a[0], fitted.b[0]
        limits = {int(m): min(self.rule.max_votes, int(m) or 99) for m in set(self.panel.tolist())}
        unsafe = {m: probabilities(a, b, limit, m or None) for m, limit in limits.items()}
        share = self._share({m: p[0][:, 0] for m, p in unsafe.items()})
        tilt, cost = (
            np.array([[getattr(one, name)] for one in terms]) for name in ("tilt", "cost")
        )
        # Under these weights the expected worth is the balanced accuracy, where the tilt is 1.
        weights = (0.5 * tilt / share, np.full_like(tilt, 0.5 / (1 - share)))
        shape = (len(terms), len(a))
        return {
            m: solve(
                np.broadcast_to(a, shape),
                np.broadcast_to(b, shape),
                tuple(np.broadcast_to(one, (*shape, one.shape[-1])) for one in p),
                weights,
                cost=np.broadcast_to(cost, shape),
                floor=self.rule.floor,
            )
            for m, p in unsafe.items()
        }

    def counts(self, labels: Ints, seen: Ints) -> Floats:
        """Return units by (fold, pattern, cell), given their votes and the unsafe among them.

        Args:
            labels: Votes of each unit.
            seen: Positive votes among the first t, shaped (units, max_votes + 1).
        """
        unsafe = np.take_along_axis(seen, labels[:, None], axis=1)[:, 0]
        cell = labels * (labels + 1) // 2 + unsafe
        flat = (self.fold * self.patterns + self.pattern) * self.cells + cell
        shape = (FOLDS, self.patterns, self.cells)
        return np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape).astype(np.float64)

    def _share(self, before: Mapping[int, Floats]) -> float:
        """Return the expected share of positive units."""
        share = 0.0
        for m, probability in before.items():
            among = np.bincount(self.pattern[self.panel == m], minlength=self.patterns)
            share += float(probability @ among) / len(self.pattern)
        return min(max(share, _LEAST_SHARE), 1 - _LEAST_SHARE)


def folds(case: Case) -> Ints:
    """Return the part in which each unit is held out."""
    return np.arange(case.units) % FOLDS


def _cells(most: int) -> Ints:
    return np.array([(y, t - y) for t in range(most + 1) for y in range(t + 1)])


@lru_cache(maxsize=4)
def _likelihood(most: int) -> Floats:
    return coarse_grid().log_likelihood(_cells(most))
