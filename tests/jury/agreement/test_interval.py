from __future__ import annotations

import numpy as np
import pytest

from jury.agreement.alpha import Nominal
from jury.agreement.interval import Interval, intervals
from jury.agreement.kappa import GwetAC1, PercentAgreement
from jury.agreement.statistic import Statistic, evaluate
from jury.agreement.table import table_from_codes, table_from_columns, table_from_counts
from tests.jury.agreement.cases import random_columns


def test_the_interval_is_that_of_resampled_units() -> None:
    votes = random_columns(4, units=80, values=2, most=5)
    table = table_from_columns(votes)
    found = intervals(table, {"alpha": Nominal()}, replicates=4000, seed=1)["alpha"]
    assert table.index is not None
    usable = table.index[table.sizes[table.index] > 1]
    rng = np.random.default_rng(2)
    values = []
    for _ in range(1000):
        drawn = rng.choice(usable, len(usable))
        unit = np.repeat(np.arange(len(drawn)), table.sizes[drawn])
        value = np.concatenate([np.repeat([0, 1], table.counts[p]) for p in drawn])
        values.append(evaluate(table_from_codes(unit, value, table.values), Nominal()).value)
    low, high = np.percentile(np.array(values, float), [2.5, 97.5])
    assert found is not None
    assert found.low == pytest.approx(low, abs=0.03)
    assert found.high == pytest.approx(high, abs=0.03)


def test_same_seed_same_digits() -> None:
    table = table_from_columns(random_columns(5, units=50, values=3, most=4))
    both: dict[str, Statistic] = {"alpha": Nominal(), "ac1": GwetAC1()}
    one, same, other = (intervals(table, both, replicates=50, seed=s) for s in (1, 1, 2))
    assert one == same != other
    assert intervals(table, {"alpha": Nominal()}, replicates=50, seed=1)["alpha"] == one["alpha"]


@pytest.mark.parametrize(
    ("rows", "replicates"),
    [([], 9), ([((1, 0), 9)], 9), ([((2, 0), 9)], 9), ([((1, 1), 9)], 0)],
)
def test_without_a_value_there_is_no_interval(
    rows: list[tuple[tuple[int, ...], int]], replicates: int
) -> None:
    table = table_from_counts(rows, ("a", "b"))
    assert intervals(table, {"alpha": Nominal()}, replicates=replicates)["alpha"] is None


def test_percentiles_of_few_defined_replicates_are_not_given() -> None:
    # One unit in nine disagrees: a third of the resamples have one value only.
    table = table_from_counts([((2, 0), 8), ((1, 1), 1)], ("a", "b"))
    found = intervals(table, {"alpha": Nominal(), "percent": PercentAgreement()})
    assert found["alpha"] is None
    assert isinstance(found["percent"], Interval)
