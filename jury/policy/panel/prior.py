"""Beta priors by jury vote pattern, from the units people have voted on.

Jurors err together, so the jury is one source: its vote pattern selects a prior. The likelihood of
y unsafe and n safe votes is the beta-binomial one, B(a + y, b + n) / B(a, b); stopping by the votes
seen so far does not bias it. All patterns share one concentration; each has a mean of its own.

How far the means are believed is decided by evidence. Between the global mean (weight 0) and the
pattern's own (weight 1), on the scale of log odds, that weight is chosen under which votes that
were held out are likeliest, and none at all unless they become likelier by `MARGIN` nats: a
juror who tells nothing is not listened to.

Likelihoods are taken on a fixed grid of means and concentrations, with weak pseudo-evidence, so
that a handful of votes never yields an extreme prior and thousands of fits are one product of
matrices.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from jury.agreement.columns import Floats, Ints
from jury.policy.panel.beta import log_beta

FOLDS: Final = 4
MARGIN: Final = 1.0
WEIGHTS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
# What is believed before any vote: about four votes' worth of belief, give or take a factor of e.
_USUAL_CONCENTRATION: Final = 4.0
_GLOBAL_PSEUDO_VOTES: Final = 1.0
_PATTERN_PSEUDO_VOTES: Final = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Where likelihoods are taken: means evenly in log odds, concentrations evenly in logs."""

    log_odds: Floats
    log_concentration: Floats

    @classmethod
    def of(cls, means: int, concentrations: int) -> Grid:
        """Return a grid of so many points; means from 0.018 to 0.982, concentrations 0.7 to 60."""
        return cls(
            np.linspace(-4.0, 4.0, means),
            np.linspace(np.log(0.7), np.log(60.0), concentrations),
        )

    @property
    def means(self) -> Floats:
        """The means."""
        return np.asarray(1.0 / (1.0 + np.exp(-self.log_odds)))

    def log_likelihood(self, cells: Ints) -> Floats:
        """Return log B(a + y, b + n) / B(a, b), shaped (cells, concentrations, means).

        Args:
            cells: Unsafe and safe votes, one row a kind of unit.
        """
        concentration = np.exp(self.log_concentration)[:, None]
        a, b = concentration * self.means, concentration * (1.0 - self.means)
        y, n = (cells[:, column].astype(np.float64)[:, None, None] for column in (0, 1))
        return log_beta(a + y, b + n) - log_beta(a, b)


@dataclass(frozen=True, slots=True, eq=False)
class Priors:
    """Fits, one on each position of the leading axis.

    Attributes:
        a: Shaped (fits, patterns).
        b: Shaped (fits, patterns).
        weight: How far each fit believes the patterns' own means, 0 to 1.
        gain: Log-likelihood of the held-out votes gained over the global mean alone.
        log_likelihood: Of all votes under the priors fitted.
    """

    a: Floats
    b: Floats
    weight: Floats
    gain: Floats
    log_likelihood: Floats


@lru_cache(maxsize=4)
def coarse_grid() -> Grid:
    """Return the grid of the many fits of a replay."""
    return Grid.of(61, 17)


@lru_cache(maxsize=4)
def fine_grid() -> Grid:
    """Return the grid of one fit that is kept."""
    return Grid.of(321, 61)


def fit_priors(counts: Floats, table: Floats, grid: Grid, *, margin: float = MARGIN) -> Priors:
    """Return one set of priors for each table of counts.

    Args:
        counts: Units by (fit, fold, pattern, cell).
        table: What `grid.log_likelihood` says of the cells.
        grid: The grid.
        margin: Held-out nats below which patterns are not believed.
    """
    shape = table.shape
    by_fold = (counts @ table.reshape(shape[0], -1)).reshape(*counts.shape[:3], *shape[1:])
    whole = by_fold.sum(1, keepdims=True)
    train = np.concatenate([whole, whole - by_fold], axis=1)
    optimum = _optimum(train, grid)
    score = np.stack(
        [_held_out(by_fold, optimum.at(weight, skip_whole=True)) for weight in WEIGHTS]
    )
    gain = score - score[0]
    best = np.where(gain.max(0) >= margin, gain.argmax(0), 0)
    fits = np.arange(len(best))
    weight = np.array(WEIGHTS)[best]
    row, column = optimum.at(weight)
    total = by_fold.sum(1)
    likelihood = _taken(total, np.rint(row).astype(int), np.rint(column).astype(int)).sum(-1)
    log_odds = np.interp(column, np.arange(shape[2]), grid.log_odds)
    steps = np.arange(shape[1])
    concentration = np.exp(np.interp(row, steps, grid.log_concentration))[:, None]
    mean = 1.0 / (1.0 + np.exp(-log_odds))
    a, b = concentration * mean, concentration * (1.0 - mean)
    return Priors(a, b, weight, gain[best, fits], likelihood)


@dataclass(frozen=True, slots=True, eq=False)
class _Optimum:
    """Grid positions of the likeliest values; axis 1 holds the whole, then each fold left out."""

    global_row: Ints
    global_column: Ints
    pattern_row: Ints
    pattern_column: Ints

    def at(self, weight: float | Floats, *, skip_whole: bool = False) -> tuple[Floats, Floats]:
        """Return the rows (fits …) and columns (fits …, patterns) under a weight."""
        part = np.s_[:, 1:] if skip_whole else np.s_[:, 0]
        start, own = self.global_row[part], self.pattern_row[part]
        row = np.asarray(start + weight * (own - start), np.float64)
        begin = self.global_column[part][..., None]
        share = np.asarray(weight)[..., None]
        return row, begin + share * (self.pattern_column[part] - begin)


def _optimum(train: Floats, grid: Grid) -> _Optimum:
    log_mean, log_rest = np.log(grid.means), np.log1p(-grid.means)
    usual = -0.5 * (grid.log_concentration - np.log(_USUAL_CONCENTRATION)) ** 2
    together = train.sum(2) + usual[:, None]
    together = together + _GLOBAL_PSEUDO_VOTES * 0.5 * (log_mean + log_rest)
    flat = together.reshape(*together.shape[:2], -1).argmax(-1)
    row, column = np.divmod(flat, len(grid.log_odds))
    middle = grid.means[column][..., None]
    pull = _PATTERN_PSEUDO_VOTES * (middle * log_mean + (1.0 - middle) * log_rest)
    own = train + pull[:, :, None, None, :]
    own_row = (own.max(-1).sum(2) + usual).argmax(-1)
    chosen = np.take_along_axis(own, own_row[:, :, None, None, None], axis=3)[:, :, :, 0]
    return _Optimum(row, column, own_row, chosen.argmax(-1))


def _held_out(by_fold: Floats, at: tuple[Floats, Floats]) -> Floats:
    row, column = (np.rint(each).astype(int) for each in at)
    return np.asarray(_taken(by_fold, row, column).sum((1, 2)))


def _taken(likelihood: Floats, row: Ints, column: Ints) -> Floats:
    """Return the likelihood (…, patterns) at one row and a column for each pattern."""
    by_row = np.take_along_axis(likelihood, row[..., None, None, None], axis=-2)[..., 0, :]
    return np.take_along_axis(by_row, column[..., None], axis=-1)[..., 0]
