from __future__ import annotations

from itertools import product
from typing import Any

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jury.agreement.alpha import Nominal, interval, jaccard, masi, ordinal, set_distance
from jury.agreement.columns import columns
from jury.agreement.errors import BadOrder
from jury.agreement.statistic import NO_PAIR, ONE_VALUE, Statistic, evaluate
from jury.agreement.table import PatternTable, table_from_columns, table_from_counts
from tests.jury.agreement.cases import VALUES, Triple, counted, triples


def table_of(votes: list[Triple]) -> PatternTable:
    return table_from_columns(columns(votes))


def chosen(table: PatternTable, level: str) -> Statistic:
    if level == "ordinal":
        return ordinal(table.values, VALUES)
    numbers = interval(table.values)
    assert numbers is not None
    return Nominal() if level == "nominal" else numbers


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
@given(votes=triples())
def test_alpha_is_what_the_krippendorff_package_finds(level: Any, votes: list[Triple]) -> None:
    table = table_of(votes)
    found = evaluate(table, chosen(table, level)).value
    pairable = [unit for unit in counted(votes) if unit.total() > 1]
    if len({value for unit in pairable for value in unit}) < 2:
        assert found is None
        return
    expected = krippendorff.alpha(
        value_counts=np.array([[unit[value] for value in VALUES] for unit in pairable]),
        value_domain=[float(value) for value in VALUES],
        level_of_measurement=level,
    )
    assert found == pytest.approx(expected, abs=1e-9)


@given(triples(), st.permutations(VALUES))
def test_nominal_alpha_does_not_care_for_the_names(votes: list[Triple], names: list[str]) -> None:
    renamed = dict(zip(VALUES, names, strict=True))
    other = [(unit, rater, renamed[value]) for unit, rater, value in votes]
    one, same = (evaluate(table_of(some), Nominal()).value for some in (votes, other))
    assert one == pytest.approx(same, abs=1e-12)


@given(triples())
def test_an_order_turned_round_changes_nothing(votes: list[Triple]) -> None:
    table = table_of(votes)
    up, down = (evaluate(table, ordinal(table.values, o)).value for o in (VALUES, VALUES[::-1]))
    assert up == pytest.approx(down, abs=1e-12)


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ([], NO_PAIR),
        ([((1, 0), 5), ((0, 1), 2)], NO_PAIR),
        ([((3, 0), 5), ((0, 1), 2)], ONE_VALUE),
    ],
)
def test_undefined_is_none_with_the_reason(
    counts: list[tuple[tuple[int, ...], int]], reason: str
) -> None:
    table = table_from_counts(counts, ("1", "2"))
    for statistic in (Nominal(), chosen(table, "ordinal"), chosen(table, "interval")):
        found = evaluate(table, statistic)
        assert found.value is None
        assert found.reason == reason


def test_equal_numbers_written_in_two_ways_are_one_value() -> None:
    table = table_from_counts([((1, 1), 5)], ("1", "1.0"))
    assert evaluate(table, chosen(table, "interval")).value is None


def test_numbers_far_from_zero_lose_nothing() -> None:
    rows = [((2, 1, 0), 4), ((0, 1, 2), 3), ((3, 0, 0), 9)]
    near, far = (
        table_from_counts(rows, [str(start + step) for step in range(3)])
        for start in (0, 1_000_000_000)
    )
    values = [evaluate(table, chosen(table, "interval")).value for table in (near, far)]
    assert values[0] == pytest.approx(values[1], abs=1e-12)


def test_alpha_counts_in_units_and_labels() -> None:
    found = evaluate(table_from_counts([((2, 1), 4), ((1, 0), 9)], ("a", "b")), Nominal())
    assert (found.n_units, found.n_votes, found.reason) == (4, 12, "")


@pytest.mark.parametrize("order", [("1", "2", "1"), ("1",)])
def test_an_order_that_does_not_fit_is_refused(order: tuple[str, ...]) -> None:
    with pytest.raises(BadOrder):
        ordinal(("1", "2"), order)


def test_labels_that_are_no_numbers_have_no_interval_alpha() -> None:
    for label in ("x", "nan", "inf", "1e200", ""):
        assert interval(("1", label)) is None


def test_distances_between_sets_follow_the_definitions() -> None:
    sets = ("a", "a|b", "b|c", "none")
    assert set_distance(sets, "|", masi_weights=True) == pytest.approx(
        np.array(
            [
                [0, 2 / 3, 1, 1],
                [2 / 3, 0, 8 / 9, 1],
                [1, 8 / 9, 0, 1],
                [1, 1, 1, 0],
            ]
        )
    )
    assert set_distance(sets, "|", masi_weights=False)[0, 1] == 0.5


@given(triples(values=("a", "a|b", "b|c", "none")))
def test_alpha_between_sets_is_the_plain_double_sum(votes: list[Triple]) -> None:
    table = table_of(votes)
    for statistic in (masi(table.values, "|"), jaccard(table.values, "|")):
        place = {value: number for number, value in enumerate(table.values)}
        pairable = [list(unit.elements()) for unit in counted(votes) if unit.total() > 1]
        everyone = [value for unit in pairable for value in unit]

        def apart(labels: list[str], distance: Any = statistic.distance, at: Any = place) -> float:
            return sum(float(distance[at[a], at[b]]) for a, b in product(labels, labels))

        n = len(everyone)
        found = evaluate(table, statistic).value
        if n == 0 or apart(everyone) == 0:
            assert found is None
            continue
        observed = sum(apart(unit) / (len(unit) - 1) for unit in pairable) / n
        assert found == pytest.approx(1 - observed / (apart(everyone) / (n * (n - 1))), abs=1e-9)
