"""Bootstrap intervals: resampling units is drawing pattern weights from a multinomial.

Drawing U units with replacement and counting their patterns is one draw from
Multinomial(U, w / U): exactly the unit bootstrap, about a thousand times cheaper.

A bootstrap of a few units that are all alike is a point. A share has an interval that does not need
resampling: E. B. Wilson, Probable inference, the law of succession, and statistical inference (1927).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np

from jury.agreement.columns import Floats
from jury.agreement.statistic import Statistic
from jury.agreement.sums import Sums
from jury.agreement.table import PatternTable

LEVEL: Final = (2.5, 97.5)
_CELLS: Final = 4_000_000
_Z: Final = 1.959963984540054
# Where most replicates are undefined, percentiles of the rest would flatter.
_LEAST_DEFINED: Final = 0.9


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval."""

    low: float
    high: float


def intervals(
    table: PatternTable,
    statistics: Mapping[str, Statistic],
    *,
    replicates: int = 1000,
    seed: int | np.random.Generator = 0,
) -> dict[str, Interval | None]:
    """Return the interval of each statistic, all from the same draws.

    Replicates in which a statistic is undefined are left out; None when these are more than a
    tenth, when no unit has two labels, or when no replicate is asked for.

    Args:
        table: The patterns; units with fewer than two labels are left out.
        statistics: By name.
        replicates: How many resamples.
        seed: A seed, or the generator to draw from.
    """
    usable = table.pairable()
    n_units = usable.n_units
    if not n_units or replicates < 1:
        return dict.fromkeys(statistics)
    generator = np.random.default_rng(seed)
    sums = Sums.of(usable, statistics)
    shares = usable.weights / n_units
    step = max(1, _CELLS // len(shares))
    drawn: dict[str, list[Floats]] = {name: [] for name in statistics}
    for start in range(0, replicates, step):
        many = min(step, replicates - start)
        weights = generator.multinomial(n_units, shares, size=many).astype(np.float64)
        for name, found in sums.under(weights).items():
            drawn[name].append(statistics[name].value(found))
    return {name: _percentiles(np.concatenate(values)) for name, values in drawn.items()}


def wilson(hits: float, n: int) -> Interval:
    """Return Wilson's interval of a share, n at least 1.

    Of a mean of `n` numbers between 0 and 1, `hits` being their sum, it is at least as wide as it must
    be: none vary more than those that are all 0 or 1.

    >>> found = wilson(0, 10)
    >>> round(found.low, 3), round(found.high, 3)
    (0.0, 0.278)
    """
    share, square = hits / n, _Z * _Z / n
    middle = (share + square / 2) / (1 + square)
    half = _Z * sqrt(share * (1 - share) / n + square / (4 * n)) / (1 + square)
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def _percentiles(values: Floats) -> Interval | None:
    defined = values[~np.isnan(values)]
    if len(defined) < _LEAST_DEFINED * len(values):
        return None
    low, high = np.percentile(defined, LEVEL)
    return Interval(float(low), float(high))
