"""Two groups from their cells: the same kappa and the same table as vote by vote."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from jury.agreement.columns import columns
from jury.agreement.kappa import NOT_BOTH, between_groups
from jury.agreement.sides import Side, Sides
from jury.agreement.table import table_from_columns

VALUES = ("a", "b", "c", "d")
UNITS = 40


def side(by_unit: list[Counter[str]]) -> Side:
    cells = [
        (unit, VALUES.index(value), n)
        for unit, said in enumerate(by_unit)
        for value, n in sorted(said.items())
    ]
    pattern, column, labels = np.array(cells, np.int64).reshape(-1, 3).T
    return Side(pattern, column, labels)


@pytest.mark.parametrize("most", [3, 400])
@pytest.mark.parametrize("seed", range(3))
def test_kappa_and_table_are_those_of_the_votes(seed: int, most: int) -> None:
    rng = np.random.default_rng(seed)
    groups = [
        [Counter(rng.choice(VALUES, rng.integers(0, most))) for _ in range(UNITS)] for _ in range(2)
    ]
    weights = rng.integers(1, 4, UNITS)
    likeness = rng.random((len(VALUES), len(VALUES)))
    likeness = (likeness + likeness.T) / 2
    np.fill_diagonal(likeness, 1.0)
    sides = Sides(VALUES, side(groups[0]), side(groups[1]), weights)
    rows = [
        (f"{unit}/{copy}", f"{kind}{n}", str(value))
        for kind, group in enumerate(groups)
        for unit, said in enumerate(group)
        for copy in range(weights[unit])
        for n, value in enumerate(said.elements())
    ]
    votes = columns(rows)
    assert tuple(votes.values) == VALUES
    is_second = np.array([rater[0] == "1" for _, rater, _ in rows])
    expected = between_groups(votes.only(~is_second), votes.only(is_second), likeness)
    found = sides.between(likeness)
    assert found.value == pytest.approx(expected.value, abs=1e-12)
    assert (found.n_units, found.n_votes) == (expected.n_units, expected.n_votes)
    table, whole = sides.merged(), table_from_columns(votes)
    assert table.values == whole.values
    assert table.counts.dtype == np.int64
    assert np.array_equal(table.counts, whole.counts)
    assert np.array_equal(table.weights, whole.weights)


def test_without_a_unit_of_both_there_is_no_kappa() -> None:
    people = [Counter("ab"), Counter()]
    jurors = [Counter(), Counter("a")]
    sides = Sides(VALUES, side(people), side(jurors), np.array([1, 1]))
    found = sides.between(np.eye(len(VALUES)))
    assert (found.value, found.reason) == (None, NOT_BOTH)
