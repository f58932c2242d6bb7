from __future__ import annotations

import pytest
from hypothesis import given

from jury.agreement.alpha import Nominal, interval, ordinal
from jury.agreement.columns import columns
from jury.agreement.influence import cost, influence
from jury.agreement.kappa import GwetAC1
from jury.agreement.statistic import Statistic, evaluate
from jury.agreement.table import table_from_columns, table_from_counts
from tests.jury.agreement.cases import VALUES, Triple, triples


@given(triples())
def test_influence_is_the_difference_that_leaving_a_unit_out_makes(votes: list[Triple]) -> None:
    table = table_from_columns(columns(votes))
    numbers = interval(table.values)
    assert numbers is not None
    several: list[Statistic] = [Nominal(), numbers, ordinal(table.values, VALUES), GwetAC1()]
    for statistic in several:
        whole = evaluate(table, statistic).value
        for pattern, found in enumerate(influence(table, statistic)):
            weights = table.weights.copy()
            weights[pattern] -= 1
            rows = [(tuple(c), int(w)) for c, w in zip(table.counts.tolist(), weights, strict=True)]
            without = evaluate(
                table_from_counts(rows, table.values), _again(statistic, rows, table.values)
            ).value
            expected = None if whole is None or without is None else without - whole
            assert found == pytest.approx(expected, abs=1e-9)


def _again(
    statistic: Statistic, rows: list[tuple[tuple[int, ...], int]], values: tuple[str, ...]
) -> Statistic:
    """Return the statistic for the values that are left."""
    left = table_from_counts(rows, values).values
    if isinstance(statistic, (Nominal, GwetAC1)):
        return statistic
    again = (
        interval(left) if isinstance(statistic, type(interval(values))) else ordinal(left, VALUES)
    )
    assert again is not None
    return again


def test_the_cost_of_several_units_together() -> None:
    table = table_from_counts([((3, 0), 50), ((0, 3), 30), ((1, 2), 20)], ("a", "b"))
    (mixed,) = [n for n, counts in enumerate(table.counts.tolist()) if counts == [1, 2]]
    found = cost(table, Nominal(), {mixed: 20})
    whole = evaluate(table, Nominal()).value
    assert whole is not None
    assert found == pytest.approx(1 - whole)
    assert cost(table, Nominal(), {0: 30, 1: 20, 2: 50}) is None
