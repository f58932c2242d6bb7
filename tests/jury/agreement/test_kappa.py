from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given

from jury.agreement import kappa as kappas
from jury.agreement.columns import Columns, columns
from jury.agreement.kappa import cohen_pairs
from jury.agreement.statistic import NO_PAIR, ONE_VALUE, evaluate
from jury.agreement.table import table_from_columns, table_from_counts
from tests.jury.agreement.cases import VALUES, Triple, counted, random_columns, triples


def plain_cohen(one: dict[str, str], other: dict[str, str]) -> float | None:
    shared = sorted(one.keys() & other.keys())
    pairs = [(one[unit], other[unit]) for unit in shared]
    n = len(pairs)
    observed = sum(a == b for a, b in pairs) / n
    lists = list(zip(*pairs, strict=True))
    chance = sum(lists[0].count(v) * lists[1].count(v) for v in VALUES) / n**2
    return None if len({*lists[0], *lists[1]}) < 2 else (observed - chance) / (1 - chance)


@given(triples())
def test_cohen_is_the_plain_formula_for_each_pair_of_raters(votes: list[Triple]) -> None:
    by_rater: dict[str, dict[str, str]] = {}
    for unit, rater, value in votes:
        by_rater.setdefault(rater, {})[unit] = value
    expected = {
        (a, b): plain_cohen(by_rater[a], by_rater[b])
        for a, b in combinations(sorted(by_rater), 2)
        if by_rater[a].keys() & by_rater[b].keys()
    }
    pairs = kappas.cohen_pairs(columns(votes))
    assert pairs is not None
    assert {(p.first, p.second): p.kappa.value for p in pairs} == pytest.approx(expected)
    defined = [value for value in expected.values() if value is not None]
    mean, many = kappas.cohen_mean(columns(votes))
    assert many == len(defined)
    assert mean.value == pytest.approx(sum(defined) / many if many else None)
    assert bool(mean.reason) == (mean.value is None)


@given(triples())
def test_percent_agreement_and_ac1_are_the_plain_formulas(votes: list[Triple]) -> None:
    table = table_from_columns(columns(votes))
    units = [unit for unit in counted(votes) if unit.total() > 1]
    percent, ac1 = (evaluate(table, s) for s in (kappas.PercentAgreement(), kappas.GwetAC1()))
    if not units:
        assert (percent.reason, ac1.reason) == (NO_PAIR, NO_PAIR)
        return
    observed = np.mean(
        [sum(c * (c - 1) for c in u.values()) / (u.total() * (u.total() - 1)) for u in units]
    )
    assert percent.value == pytest.approx(observed)
    shares = [float(np.mean([u[v] / u.total() for u in units])) for v in VALUES]
    used = sum(share > 0 for share in shares)
    if used < 2:
        assert (ac1.value, ac1.reason) == (None, ONE_VALUE)
        return
    chance = sum(share * (1 - share) for share in shares) / (used - 1)
    assert ac1.value == pytest.approx((observed - chance) / (1 - chance))


def test_fleiss_reaches_the_figure_of_the_textbook_example() -> None:
    # Fourteen raters, ten units, five values: kappa .210.
    counts = """0 0 0 0 14/0 2 6 4 2/0 0 3 5 6/0 3 9 2 0/2 2 8 1 1
                7 7 0 0 0/3 2 6 3 0/2 5 3 2 2/6 5 2 1 0/0 2 2 3 7"""
    rows = [(tuple(map(int, row.split())), 1) for row in counts.replace("\n", "/").split("/")]
    table = table_from_counts(rows, "abcde")
    found = evaluate(table, kappas.Fleiss(kappas.modal_raters(table)))
    assert found.value == pytest.approx(0.20993070442195522)


def test_fleiss_reads_only_the_units_with_the_modal_number_of_labels() -> None:
    modal = [((2, 1), 5), ((0, 3), 4)]
    table = table_from_counts([*modal, ((1, 1), 8), ((1, 0), 99)], ("a", "b"))
    assert kappas.modal_raters(table) == 3
    alone = table_from_counts(modal, ("a", "b"))
    one, other = (evaluate(some, kappas.Fleiss(3)).value for some in (table, alone))
    assert one == pytest.approx(other)
    assert kappas.modal_raters(table_from_counts([((1, 1), 8), ((3, 0), 8)], ("a", "b"))) == 3
    assert kappas.modal_raters(table_from_counts([((1, 0), 8)], ("a", "b"))) == 0


def groups(first: list[Triple], second: list[Triple]) -> tuple[Columns, Columns]:
    both = columns([*first, *second])
    mask = np.arange(len(both.unit)) < len(first)
    return both.only(mask), both.only(~mask)


def test_between_two_single_raters_the_group_kappa_is_cohens() -> None:
    votes = random_columns(3, units=40, values=3, most=2)
    one, other = votes.only(votes.rater == 0), votes.only(votes.rater == 1)
    found = kappas.between_groups(one, other, np.eye(3))
    cohen, pairs = kappas.cohen_mean(votes)
    assert pairs == 1
    assert found.value == pytest.approx(cohen.value)
    assert found.n_units == cohen.n_units


def test_between_groups_that_never_meet_there_is_no_kappa() -> None:
    apart = groups([("u1", "a", "x")], [("u2", "b", "y")])
    assert kappas.between_groups(*apart, np.eye(2)).reason == kappas.NOT_BOTH
    alike = groups([("u1", "a", "x")], [("u1", "b", "x")])
    assert kappas.between_groups(*alike, np.eye(1)).reason == ONE_VALUE


def test_who_judged_a_unit_twice_is_no_pair_of_raters() -> None:
    votes = [
        ("u1", "a", "x"),
        ("u1", "a", "y"),
        ("u1", "b", "x"),
        ("u2", "a", "y"),
        ("u2", "b", "y"),
    ]
    (pair,) = cohen_pairs(columns(votes)) or ()
    assert (pair.first, pair.second, pair.kappa.n_units) == ("a", "b", 3)
