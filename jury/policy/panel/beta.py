"""The Beta distribution, as far as the panel needs it, on whole arrays at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from jury.agreement.columns import Floats

_SHIFT: Final = 10
_HALF_LOG_TAU: Final = 0.9189385332046727  # log(2 pi) / 2
# Coefficients B(2k) / (2k (2k - 1)) of Stirling's series.
_STIRLING: Final = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)
_TINY: Final = 1e-300
_CLOSE: Final = 3e-16
_MOST_TERMS: Final = 400


@dataclass(frozen=True, slots=True)
class Beta:
    """What is believed of the share of people who would say unsafe: Beta(a, b), a and b > 0."""

    a: float
    b: float

    @property
    def mean(self) -> float:
        """The expected share."""
        return self.a / (self.a + self.b)

    @property
    def concentration(self) -> float:
        """How many votes the belief is worth."""
        return self.a + self.b

    @classmethod
    def of(cls, mean: float, concentration: float) -> Beta:
        """Return the distribution of a mean and a concentration."""
        return cls(mean * concentration, (1.0 - mean) * concentration)


def log_gamma(x: Floats) -> Floats:
    """Return log Gamma(x) for x > 0, to about 1e-14 of its size.

    Stirling's series at x + 10, taken back by the recurrence Gamma(x + 1) = x Gamma(x)
    (Abramowitz and Stegun 6.1.15 and 6.1.41).
    """
    x = np.asarray(x, np.float64)
    product = np.ones_like(x)
    for step in range(_SHIFT):
        product = product * (x + step)
    high = x + _SHIFT
    inverse = 1.0 / high
    square = inverse * inverse
    series = np.zeros_like(x)
    for coefficient in reversed(_STIRLING):
        series = series * square + coefficient
    stirling = (high - 0.5) * np.log(high) - high + _HALF_LOG_TAU + series * inverse
    return np.asarray(stirling - np.log(product))


def log_beta(a: Floats, b: Floats) -> Floats:
    """Return log B(a, b); the three Gammas are taken at once, the arrays are mostly short."""
    a, b = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(b, np.float64))
    of_a, of_b, of_both = log_gamma(np.stack((a, b, a + b)))
    return np.asarray(of_a + of_b - of_both)


def incomplete_beta(a: Floats, b: Floats, x: float) -> Floats:
    """Return I_x(a, b), the share of Beta(a, b) below x, for a, b > 0 and 0 < x < 1.

    The continued fraction of Didonato and Morris (Abramowitz and Stegun 26.5.8) by Lentz's method,
    on the side of the mean where it converges fast: I_x(a, b) = 1 - I_(1-x)(b, a).
    """
    a, b = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(b, np.float64))
    turned = x > (a + 1.0) / (a + b + 2.0)
    p, q = np.where(turned, b, a), np.where(turned, a, b)
    at = np.where(turned, 1.0 - x, x)
    front = np.exp(p * np.log(at) + q * np.log1p(-at) - log_beta(p, q)) / p
    below = front * _fraction(p, q, at)
    return np.asarray(np.clip(np.where(turned, 1.0 - below, below), 0.0, 1.0))


def above_half(a: Floats, b: Floats) -> Floats:
    """Return 1 - I_0.5(a, b): how probable it is that more than half would say unsafe."""
    return incomplete_beta(b, a, 0.5)


def _fraction(a: Floats, b: Floats, x: Floats) -> Floats:
    c = np.ones_like(a)
    d = 1.0 / _away(1.0 - (a + b) * x / (a + 1.0))
    value = d.copy()
    for m in range(1, _MOST_TERMS):
        two = 2 * m
        even = m * (b - m) * x / ((a + two - 1.0) * (a + two))
        odd = -(a + m) * (a + b + m) * x / ((a + two) * (a + two + 1.0))
        for term in (even, odd):
            d = 1.0 / _away(1.0 + term * d)
            c = _away(1.0 + term / c)
            value = value * (d * c)
        if not np.any(np.abs(d * c - 1.0) > _CLOSE):
            break
    return value


def _away(value: Floats) -> Floats:
    """Return a denominator kept away from zero, as Lentz's method needs."""
    return np.where(np.abs(value) < _TINY, _TINY, value)
