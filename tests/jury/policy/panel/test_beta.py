from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jury.policy.panel.beta import Beta, above_half, incomplete_beta, log_beta, log_gamma
from jury.policy.panel.stop import majority_of_panel

SHAPE = st.floats(0.05, 200.0)


def binomial_tail(a: int, b: int, x: float) -> float:
    """I_x(a, b) of whole numbers is the chance of at least a hits in a + b - 1 throws."""
    n = a + b - 1
    return sum(math.comb(n, j) * x**j * (1 - x) ** (n - j) for j in range(a, n + 1))


@given(st.floats(1e-3, 1e5))
def test_log_gamma_is_that_of_the_standard_library(x: float) -> None:
    assert float(log_gamma(np.array(x))) == pytest.approx(math.lgamma(x), rel=1e-12, abs=1e-12)


@given(st.integers(1, 60), st.integers(1, 60), st.floats(0.05, 0.95))
def test_whole_shapes_are_binomial_tails(a: int, b: int, x: float) -> None:
    found = float(incomplete_beta(np.array(a), np.array(b), x))
    assert found == pytest.approx(binomial_tail(a, b, x), abs=1e-12)


@pytest.mark.parametrize(
    ("a", "b", "x", "value"),
    [
        # The arcsine law: I_x(1/2, 1/2) = 2/pi asin(sqrt x).
        (0.5, 0.5, 0.3, 2 / math.pi * math.asin(math.sqrt(0.3))),
        (0.5, 0.5, 0.01, 2 / math.pi * math.asin(0.1)),
        # I_x(a, 1) = x^a and I_x(1, b) = 1 - (1 - x)^b.
        (2.5, 1.0, 0.4, 0.4**2.5),
        (1.0, 3.25, 0.4, 1 - 0.6**3.25),
    ],
)
def test_known_values(a: float, b: float, x: float, value: float) -> None:
    found = float(incomplete_beta(np.array(a), np.array(b), x))
    assert found == pytest.approx(value, abs=1e-12)


@given(SHAPE, SHAPE)
def test_above_half_mirrors(a: float, b: float) -> None:
    one, other = (
        float(above_half(np.array(a), np.array(b))),
        float(above_half(np.array(b), np.array(a))),
    )
    assert 0 <= one <= 1
    assert one + other == pytest.approx(1, abs=1e-12)


@given(SHAPE, SHAPE)
def test_the_recurrence_holds(a: float, b: float) -> None:
    # I_x(a, b) = I_x(a + 1, b) + x^a (1 - x)^b / (a B(a, b))
    step = 0.5 ** (a + b) / a / math.exp(float(log_beta(np.array(a), np.array(b))))
    low = float(incomplete_beta(np.array(a + 1), np.array(b), 0.5))
    assert float(incomplete_beta(np.array(a), np.array(b), 0.5)) == pytest.approx(
        low + step, abs=1e-11
    )


def test_a_finite_panel_grows_into_a_large_one() -> None:
    a, b = np.array(2.0), np.array(3.5)
    large = float(above_half(a, b))
    found = [float(majority_of_panel(a, b, np.array(0.0), left)) for left in (5, 51, 2001)]
    assert abs(found[2] - large) < abs(found[0] - large)
    assert found[2] == pytest.approx(large, abs=1e-3)


def test_a_decided_panel_is_certain() -> None:
    # Two of three have said unsafe: the third cannot change it.
    assert float(
        majority_of_panel(np.array(3.0), np.array(1.0), np.array(2.0), 1)
    ) == pytest.approx(1)
    assert float(majority_of_panel(np.array(1.0), np.array(1.0), np.array(0.0), 0)) == 0.5


def test_beta_of_mean_and_concentration() -> None:
    beta = Beta.of(0.25, 8.0)
    assert (beta.a, beta.b, beta.mean, beta.concentration) == (2.0, 6.0, 0.25, 8.0)
