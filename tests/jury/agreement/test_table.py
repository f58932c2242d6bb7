from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jury.agreement.columns import columns
from jury.agreement.errors import BadCounts
from jury.agreement.table import PatternTable, table_from_columns, table_from_counts
from tests.jury.agreement.cases import Triple, counted, random_columns, triples


def plain(table: PatternTable) -> Counter[tuple[tuple[str, int], ...]]:
    found: Counter[tuple[tuple[str, int], ...]] = Counter()
    for pattern, weight in zip(table.counts.tolist(), table.weights.tolist(), strict=True):
        named = zip(table.values, pattern, strict=True)
        found[tuple((name, n) for name, n in named if n)] += weight
    return found


@given(triples())
def test_a_table_counts_what_a_plain_loop_counts(votes: list[Triple]) -> None:
    expected = Counter(tuple(sorted(unit.items())) for unit in counted(votes))
    assert plain(table_from_columns(columns(votes))) == expected


@given(triples(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(votes: list[Triple], dice: random.Random) -> None:
    mixed = list(votes)
    dice.shuffle(mixed)
    one, other = (table_from_columns(columns(some)) for some in (votes, mixed))
    assert one.values == other.values
    assert one.counts.tolist() == other.counts.tolist()
    assert one.weights.tolist() == other.weights.tolist()


@pytest.mark.parametrize("values", [2, 40], ids=["dense", "sparse"])
def test_the_index_leads_each_unit_to_its_pattern(values: int) -> None:
    votes = random_columns(1, units=300, values=values, most=6)
    table = table_from_columns(votes)
    expected = np.zeros((len(votes.units), values), np.int64)
    np.add.at(expected, (votes.unit, votes.value), 1)
    assert table.index is not None
    assert (table.counts[table.index] == expected).all()
    assert table.weights.sum() == len(votes.units)
    assert len({*map(tuple, table.counts.tolist())}) == len(table.counts)


def test_counts_from_a_group_by_give_the_same_table_as_the_votes() -> None:
    votes = random_columns(2, units=200, values=3, most=5)
    table = table_from_columns(votes)
    names = table.values[::-1]
    grouped = [
        (tuple(pattern[::-1]), int(weight))
        for pattern, weight in zip(table.counts.tolist(), table.weights, strict=True)
    ]
    # In another order of rows and values, with a pattern in two rows and a value nobody chose.
    pattern, weight = grouped[-1]
    split = [*grouped[:-1], (pattern, 1), (pattern, weight - 1)][::-1]
    wider = [((*pattern, 0), weight) for pattern, weight in split]
    again = table_from_counts(wider, (*names, "unseen"))
    assert again.values == table.values
    assert again.counts.tolist() == table.counts.tolist()
    assert again.weights.tolist() == table.weights.tolist()


@pytest.mark.parametrize("rows", [[((1, 2, 3), 1)], [((1, -1), 1)], [((1, 1), -1)]])
def test_impossible_counts_are_refused(rows: list[tuple[tuple[int, ...], int]]) -> None:
    with pytest.raises(BadCounts):
        table_from_counts(rows, ("a", "b"))


def test_single_labels_count_in_the_prevalence_but_not_among_the_units() -> None:
    table = table_from_counts([((2, 0), 3), ((0, 1), 4)], ("a", "b"))
    assert (table.n_units, table.n_votes) == (3, 6)
    assert table.prevalence() == {"a": 0.6, "b": 0.4}
    assert table_from_counts([], ("a", "b")).prevalence() == {}


def test_one_versus_rest_joins_the_chosen_values() -> None:
    table = table_from_counts([((1, 1, 0), 2), ((0, 1, 1), 5), ((1, 0, 1), 1)], ("a", "b", "c"))
    joined = table.one_versus_rest({"a", "b"})
    assert joined.values == ("no", "yes")
    assert plain(joined) == {(("yes", 2),): 2, (("no", 1), ("yes", 1)): 6}


@pytest.mark.parametrize("largest", [3, 400, 70_000])
def test_patterns_stand_in_the_order_of_their_counts(largest: int) -> None:
    dice = np.random.default_rng(largest)
    rows = dice.integers(0, largest, size=(400, 5))
    rows[::7] = rows[3]
    rows[:, 2] = np.where(rows[:, 2] % 2, rows[:, 2], 0)
    given = [(tuple(row), 1) for row in rows.tolist() if any(row)]
    table = table_from_counts(given, ("b", "d", "a", "e", "c"))
    listed = table.counts.tolist()
    assert table.values == ("a", "b", "c", "d", "e")
    assert listed == sorted(listed)
    assert len({*map(tuple, listed)}) == len(listed)
    assert int(table.weights.sum()) == len(given)
