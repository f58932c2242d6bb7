"""Beta priors by jury vote pattern, from the units people have voted on.

Jurors err together, so the jury is one source: its vote pattern selects a prior. The likelihood of
y unsafe and n safe votes is the beta-binomial one, B(a + y, b + n) / B(a, b); stopping by the votes
seen so far does not bias it. All patterns share one concentration; each has a mean of its own.

How far the means are believed is decided by evidence. Between the global mean (weight 0) and the
pattern's own (weight 1), on the scale of log odds, that weight is chosen under which votes that
were held out are likeliest, and none at all unless they become likelier by `MARGIN` nats: a
juror who tells nothing is not listened to.

A jury may be good about one thing and bad about another. Where the units are told apart in strata
(such as the category that the jurors named), each pattern first takes the mean that the pattern has
over all strata; a stratum leaves it, towards its own mean or towards the global one, as far as the
votes held out in that stratum become likelier, and not at all unless by `MARGIN` nats.

Likelihoods are taken on a fixed grid of means and concentrations, with weak pseudo-evidence, so
that a handful of votes never yields an extreme prior and thousands of fits are one product of
matrices.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    def of(cls, means: int, concentrations: int, reach: float = 4.0) -> Grid:
        """Return a grid of so many points: log odds up to `reach`, concentrations from 0.7 to 60.

        A reach of 4 is a mean from 0.018 to 0.982, one of 7 from 0.0009 to 0.9991.
        """
        return cls(
            np.linspace(-reach, reach, means),
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
    return Grid.of(561, 61, reach=7.0)


@dataclass(frozen=True, slots=True, eq=False)
class Strata:
    """Which patterns are one and the same in different strata.

    Attributes:
        pooled: For each pattern, the number of the pattern over all strata.
        stratum: For each pattern, the number of its stratum.
    """

    pooled: Ints
    stratum: Ints

    def over_all(self, by_pattern: Floats) -> Floats:
        """Return likelihoods (fits, folds, patterns, …) summed over the strata."""
        found = np.zeros((*by_pattern.shape[:2], self.pooled.max() + 1, *by_pattern.shape[3:]))
        for place, at in enumerate(self.pooled):
            found[:, :, at] += by_pattern[:, :, place]
        return found


def strata_of(patterns: Sequence[tuple[int, int, str]]) -> Strata | None:
    """Return the strata of (said, given, stratum) patterns; None where there is one stratum."""
    names = sorted({stratum for _, _, stratum in patterns})
    if len(names) < 2:
        return None
    votes = sorted({(said, given) for said, given, _ in patterns})
    pooled = [votes.index((said, given)) for said, given, _ in patterns]
    return Strata(np.array(pooled), np.array([names.index(name) for _, _, name in patterns]))


def fit_priors(
    counts: Floats,
    table: Floats,
    grid: Grid,
    *,
    strata: Strata | None = None,
    margin: float = MARGIN,
) -> Priors:
    """Return one set of priors for each table of counts.

    Args:
        counts: Units by (fit, fold, pattern, cell).
        table: What `grid.log_likelihood` says of the cells.
        grid: The grid.
        strata: How the patterns lie in strata; None where there is one stratum.
        margin: Held-out nats below which patterns are not believed.
    """
    shape = table.shape
    own = (counts @ table.reshape(shape[0], -1)).reshape(*counts.shape[:3], *shape[1:])
    by_fold = own if strata is None else strata.over_all(own)
    optimum = _optimum(_training(by_fold), grid)
    score = np.stack(
        [_held_out(by_fold, optimum.at(weight, skip_whole=True)) for weight in WEIGHTS]
    )
    gain = score - score[0]
    best = np.where(gain.max(0) >= margin, gain.argmax(0), 0)
    fits = np.arange(len(best))
    weight = np.array(WEIGHTS)[best]
    row, column = optimum.at(weight)
    if strata is not None:
        column = _stratified(own, optimum, weight, strata, grid, margin)
    total = own.sum(1)
    likelihood = _taken(total, np.rint(row).astype(int), np.rint(column).astype(int)).sum(-1)
    log_odds = np.interp(column, np.arange(shape[2]), grid.log_odds)
    steps = np.arange(shape[1])
    concentration = np.exp(np.interp(row, steps, grid.log_concentration))[:, None]
    mean = 1.0 / (1.0 + np.exp(-log_odds))
    a, b = concentration * mean, concentration * (1.0 - mean)
    return Priors(a, b, weight, gain[best, fits], likelihood)


def _training(by_fold: Floats) -> Floats:
    """Return the likelihood of everything, then of everything but each fold, on axis 1."""
    whole = by_fold.sum(1, keepdims=True)
    return np.concatenate([whole, whole - by_fold], axis=1)


def _stratified(
    own: Floats, pooled: _Optimum, weight: Floats, strata: Strata, grid: Grid, margin: float
) -> Floats:
    """Return the columns (fits, patterns), each stratum going where its held-out votes lead it."""
    row, everywhere = pooled.at(weight[:, None], skip_whole=True)
    held, whole = everywhere[..., strata.pooled], pooled.at(weight)[1][..., strata.pooled]
    mine = _optimum(_training(own), grid).pattern_column
    none = pooled.global_column[..., None]
    choices, scores = [whole], [_by_pattern(own, row, held)]
    for towards in (mine, none + np.zeros_like(mine)):
        for share in WEIGHTS[1:]:
            choices.append(whole + share * (towards[:, 0] - whole))
            scores.append(_by_pattern(own, row, held + share * (towards[:, 1:] - held)))
    gain = np.stack(scores) - scores[0]
    found = whole.copy()
    for stratum in range(int(strata.stratum.max()) + 1):
        inside = strata.stratum == stratum
        gained = gain[:, :, inside].sum(-1)
        best = np.where(gained.max(0) >= margin, gained.argmax(0), 0)
        for fit, at in enumerate(best):
            found[fit, inside] = choices[at][fit, inside]
    return found


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
    return np.asarray(_by_pattern(by_fold, *at).sum(1))


def _by_pattern(by_fold: Floats, row: Floats, column: Floats) -> Floats:
    """Return the likelihood of the held-out votes, shaped (fits, patterns)."""
    at = (np.rint(each).astype(int) for each in (row, column))
    return np.asarray(_taken(by_fold, *at).sum(1))


def _taken(likelihood: Floats, row: Ints, column: Ints) -> Floats:
    """Return the likelihood (…, patterns) at one row and a column for each pattern."""
    by_row = np.take_along_axis(likelihood, row[..., None, None, None], axis=-2)[..., 0, :]
    return np.take_along_axis(by_row, column[..., None], axis=-1)[..., 0]
