"""Raters one by one and two by two: the matrix, self-consistency, confused categories, levels."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given

from jury.agreement.columns import columns
from jury.agreement.confusion import category_confusion
from jury.agreement.consistency import self_consistency
from jury.agreement.kappa import NO_SHARED, RaterPair, cohen_pairs
from jury.agreement.levels import LEVELS, SET_LEVELS, Level, label, parents_of
from jury.agreement.matrix import rater_matrix
from jury.agreement.report import report
from jury.agreement.rows import VoteRow
from jury.agreement.statistic import NO_PAIR, ONE_VALUE, Coefficient
from jury.agreement.table import table_from_columns
from jury.taxonomy import Category, Taxonomy
from jury.taxonomy import Level as Kind
from tests.jury.agreement.cases import Triple, random_columns, triples


def pairs_of(votes: Sequence[Triple]) -> tuple[RaterPair, ...]:
    """Return every two raters that share a unit."""
    found = cohen_pairs(columns(votes))
    assert found is not None
    return found


@given(triples())
def test_the_matrix_holds_each_pair_twice_and_nobody_with_themselves(votes: list[Triple]) -> None:
    pairs = pairs_of(votes)
    found = rater_matrix(pairs, columns(votes).raters)
    filled = 0
    for a, b in product(range(len(found.raters)), repeat=2):
        cell = found.cells[a][b]
        assert cell == found.cells[b][a]
        filled += cell is not None
        if cell is None:
            mine, theirs = ({u for u, r, _ in votes if r == found.raters[n]} for n in (a, b))
            assert a == b or not mine & theirs
            continue
        labels = {(u, r): v for u, r, v in votes}
        shared = [u for u, r in labels if r == cell.first and (u, cell.second) in labels]
        same = np.mean([labels[u, cell.first] == labels[u, cell.second] for u in shared])
        assert cell.agreement == pytest.approx(same)
        assert cell.kappa.n_units == len(shared)
    assert filled == 2 * len(pairs)


def test_a_rater_far_from_the_others_stands_out() -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 2, 300)
    votes = [
        (f"u{unit}", f"r{rater}", str(value ^ (rng.random() < (0.1 if rater else 0.9))))
        for unit, value in enumerate(truth.tolist())
        for rater in range(4)
    ]
    found = rater_matrix(pairs_of(votes), [f"r{rater}" for rater in range(4)])
    means = [mean.value for mean in found.means]
    assert means[0] is not None
    assert means[0] < -0.3
    assert all(mean is not None and mean > means[0] + 0.3 for mean in means[1:])


def test_a_mean_weighs_shared_units_and_counts_those_left_out() -> None:
    kappas = {
        ("a", "b"): (1.0, 5),
        ("a", "c"): (0.0, 4),
        ("a", "d"): (None, 9),
        ("b", "c"): (-0.5, 2),
    }
    pairs = [
        RaterPair(*names, Coefficient(value, "" if value is not None else ONE_VALUE, n, 2 * n), 0.5)
        for names, (value, n) in kappas.items()
    ]
    found = rater_matrix(pairs, ["d", "a", "e"])
    assert found.raters == ("d", "a", "e")
    undefined, mean, alone = found.means
    assert mean == Coefficient(5 / 9, "", 9, 18)
    assert (undefined.value, undefined.reason) == (None, ONE_VALUE)
    assert (alone.value, alone.reason) == (None, NO_SHARED)
    assert found.cells == ((None, pairs[2], None), (pairs[2], None, None), (None, None, None))


def test_self_consistency_is_that_of_the_repeats_alone() -> None:
    answers = [
        ("u1", "a", "x"), ("u1", "a", "x"), ("u2", "a", "x"), ("u2", "a", "y"), ("u3", "a", "y"),
        ("u3", "a", "y"), ("u3", "a", "y"), ("u4", "a", "x"), ("u1", "b", "y"), ("u2", "b", "x"),
        ("u1", "c", "x"), ("u1", "c", "x"),
    ]  # fmt: skip
    a, b, c = self_consistency(answers, bootstrap=200)
    assert (a.rater, a.repeated, a.answers) == ("a", 3, 7)
    assert a.agreement.value == pytest.approx((1 + 0 + 1) / 3)
    alone = report([], bootstrap=0)
    assert alone["alpha_nominal"] is None
    # Disagreement within: one of x-y twice over 7; by chance 2 · 3 · 4 / (7 · 6).
    assert a.alpha.value == pytest.approx(1 - (2 / 7) / (24 / 42))
    interval = a.ci95["agreement"]
    assert interval is not None
    assert interval.low <= 2 / 3 <= interval.high
    assert (b.repeated, b.agreement.value, b.agreement.reason) == (0, None, NO_PAIR)
    assert (c.agreement.value, c.alpha.value, c.alpha.reason) == (1.0, None, ONE_VALUE)
    assert self_consistency(answers[::-1], bootstrap=200) == (a, b, c)


def test_a_steady_rater_is_told_from_one_who_guesses() -> None:
    rng = np.random.default_rng(2)
    answers = []
    for unit in range(400):
        steady = rng.choice(["x", "y"])
        answers += [(f"u{unit}", "steady", steady)] * 2
        answers += [(f"u{unit}", "guess", rng.choice(["x", "y"])) for _ in range(2)]
    guess, steady = self_consistency(answers, bootstrap=0)
    assert steady.alpha.value == 1
    assert guess.alpha.value == pytest.approx(0, abs=0.15)


@given(triples(values=("a", "a|b", "b|c", "none")))
def test_confused_categories_are_those_of_a_plain_loop_over_all_pairs(votes: list[Triple]) -> None:
    table = table_from_columns(columns(votes))
    units: dict[tuple[str, str], set[str]] = {}
    pairs: dict[tuple[str, str], int] = {}
    by_unit: dict[str, list[set[str]]] = {}
    for unit, _, value in votes:
        by_unit.setdefault(unit, []).append(set(value.split("|")))
    for unit, labels in by_unit.items():
        for one, other in combinations(labels, 2):
            for pair in {tuple(sorted((a, b))) for a in one - other for b in other - one}:
                units.setdefault((pair[0], pair[1]), set()).add(unit)
                pairs[(pair[0], pair[1])] = pairs.get((pair[0], pair[1]), 0) + 1
    found = category_confusion(table, "|")
    assert {(c.first, c.second): c.pairs for c in found} == pairs
    assert {(c.first, c.second): c.units for c in found} == {p: len(u) for p, u in units.items()}
    assert all(0 < c.share <= 1 for c in found)
    assert [c.units for c in found] == sorted((c.units for c in found), reverse=True)


def test_confused_single_labels_are_the_unequal_pairs() -> None:
    votes = random_columns(3, units=100, values=3, most=4)
    found = category_confusion(table_from_columns(votes))
    cohen = cohen_pairs(votes)
    assert cohen is not None
    unequal = sum(round((1 - p.agreement) * p.kappa.n_units) for p in cohen)
    assert sum(c.pairs for c in found) == unequal
    assert all(c.share == 1 for c in found)


def category(key: str, parent: str = "", level: Kind = "core") -> Category:
    return Category(
        key,
        "",
        key,
        "",
        parent,
        (),
        "",
        "",
        severe=False,
        free_text=level == "overflow",
        level=level,
    )


TREE = Taxonomy(
    id="t",
    version="1",
    title="T",
    categories=(
        category("crime"),
        category("hate"),
        category("fraud", "crime", "fine"),
        category("malware", "crime", "fine"),
        category("advice", "", "fine"),
        category("other", "", "overflow"),
    ),
)


@pytest.mark.parametrize(
    ("chosen", "core", "fine", "fine_only", "overflow"),
    [
        ([], "none", "none", "none", "none"),
        (["fraud"], "crime", "fraud", "fraud", "none"),
        (["malware", "crime", "other"], "crime|other", "crime|malware|other", "malware", "other"),
        (["advice", "hate"], "advice|hate", "advice|hate", "advice", "none"),
        (["unheard"], "unheard", "unheard", "none", "none"),
    ],
)
def test_each_level_sees_its_own_part_of_an_answer(
    chosen: list[str], core: str, fine: str, fine_only: str, overflow: str
) -> None:
    found = {level: label(level, "unsafe", chosen, TREE) for level in LEVELS}
    assert found == {
        "verdict": "unsafe", "core": core, "fine": fine, "fine_only": fine_only,
        "overflow": overflow,
    }  # fmt: skip


def test_siblings_disagree_at_the_fine_level_and_agree_rolled_up() -> None:
    ballots = [
        ("u1", "a", "unsafe", ["fraud"]), ("u1", "b", "unsafe", ["malware"]),
        ("u2", "a", "unsafe", ["hate"]), ("u2", "b", "unsafe", ["hate"]),
        ("u3", "a", "safe", []), ("u3", "b", "safe", []),
    ]  # fmt: skip

    def at(level: Level) -> list[VoteRow]:
        return [
            VoteRow(unit, rater, label(level, value, chosen, TREE))
            for unit, rater, value, chosen in ballots
        ]

    alpha = {
        level: report(at(level), sets="|", parents=parents_of(TREE), bootstrap=0)
        for level in SET_LEVELS
    }
    assert alpha["core"]["alpha_masi"] == 1
    assert alpha["fine"]["alpha_masi"] < 1
    assert alpha["fine"]["alpha_jaccard"] < alpha["fine"]["alpha_tree"] < 1
    assert alpha["overflow"]["alpha_masi"] is None
    assert report(at("verdict"), bootstrap=0)["alpha_nominal"] == 1
