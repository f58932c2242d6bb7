from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jury.agreement.alpha import Nominal, jaccard, set_distance
from jury.agreement.columns import columns
from jury.agreement.errors import BadTree
from jury.agreement.report import report
from jury.agreement.statistic import evaluate
from jury.agreement.table import table_from_columns, table_from_counts
from jury.agreement.tree import tree, tree_distance
from tests.jury.agreement.cases import VALUES, Triple, rows, triples

PARENTS = {"fraud": "crime", "malware": "crime", "insult": "hate", "slur": "insult"}
NAMES = ("crime", "fraud", "hate", "insult", "malware", "none", "slur")


def apart(one: str, other: str, separator: str | None = None) -> float:
    return float(tree_distance((one, other), PARENTS, separator)[0, 1])


def test_a_sibling_weighs_less_than_another_branch_and_a_parent_less_still() -> None:
    assert apart("fraud", "malware") == pytest.approx(2 / 3)
    assert apart("fraud", "crime") == pytest.approx(1 / 2)
    assert apart("fraud", "insult") == 1
    assert apart("slur", "insult") == pytest.approx(1 / 3)
    assert apart("fraud", "fraud") == 0


def test_sets_are_compared_with_all_that_stands_above_them() -> None:
    assert apart("fraud|slur", "malware|slur", "|") == pytest.approx(1 - 4 / 6)
    assert apart("fraud", "crime|fraud", "|") == 0
    assert apart("", "fraud", "|") == 1


@given(triples())
def test_on_a_flat_tree_it_is_the_nominal_alpha(votes: list[Triple]) -> None:
    table = table_from_columns(columns(votes))
    flat = evaluate(table, tree(table.values, {}, None)).value
    assert flat == pytest.approx(evaluate(table, Nominal()).value, abs=1e-12)


@given(triples(values=("a", "a|b", "b|c", "none")))
def test_on_a_flat_tree_it_is_the_jaccard_alpha_of_sets(votes: list[Triple]) -> None:
    table = table_from_columns(columns(votes))
    flat = evaluate(table, tree(table.values, {"elsewhere": "a"}, "|")).value
    assert flat == pytest.approx(evaluate(table, jaccard(table.values, "|")).value, abs=1e-12)


@given(st.lists(st.sets(st.sampled_from(NAMES[:5]), min_size=1), min_size=3, max_size=3))
def test_it_is_a_distance(sets: list[set[str]]) -> None:
    found = tree_distance(["|".join(sorted(one)) for one in sets], PARENTS, "|")
    assert (found >= 0).all()
    assert (found <= 1).all()
    assert (found == found.T).all()
    assert found[0, 2] <= found[0, 1] + found[1, 2] + 1e-12


@given(
    st.sets(st.sampled_from(NAMES[:5]), min_size=1), st.sets(st.sampled_from(NAMES[:5]), min_size=1)
)
def test_what_stands_above_only_brings_labels_nearer_or_leaves_a_shared_share(
    one: set[str], other: set[str]
) -> None:
    values = ["|".join(sorted(each)) for each in (one, other)]
    plain = float(set_distance(values, "|", masi_weights=False)[0, 1])
    if plain == 1 and apart(values[0], values[1], "|") < 1:
        # Only a common branch can bring two disjoint sets together.
        assert {"crime", "hate"} & {PARENTS.get(n, n) for n in one | other}


def test_near_misses_keep_more_alpha_than_far_ones() -> None:
    def alpha(missed: str) -> float:
        right = {"fraud": 40, "insult": 40}
        counts = [
            *(([2 * (n == name) for n in NAMES], many) for name, many in right.items()),
            ([int(n in {"fraud", missed}) for n in NAMES], 20),
        ]
        table = table_from_counts([(tuple(c), w) for c, w in counts], NAMES)
        value = evaluate(table, tree(table.values, PARENTS, None)).value
        assert value is not None
        return value

    assert alpha("crime") > alpha("malware") > alpha("hate")


def test_a_circle_is_refused() -> None:
    with pytest.raises(BadTree, match="its own ancestor"):
        tree_distance(("a", "b"), {"a": "b", "b": "a"}, None)


def test_a_report_holds_it_where_a_tree_is_given() -> None:
    votes = rows(
        [("u1", "a", "fraud"), ("u1", "b", "malware"), ("u2", "a", "slur"), ("u2", "b", "slur")]
    )
    found = report(votes, parents=PARENTS, bootstrap=0)
    assert found["alpha_tree"] > found["alpha_nominal"]
    assert "alpha_tree" in found["ci95"]
    assert "alpha_tree" not in report(votes, bootstrap=0)


@given(triples(), st.permutations(VALUES))
def test_it_does_not_care_for_the_names(votes: list[Triple], names: list[str]) -> None:
    parents = {VALUES[0]: VALUES[3], VALUES[1]: VALUES[3]}
    renamed = dict(zip(VALUES, names, strict=True))
    other = {renamed[child]: renamed[above] for child, above in parents.items()}
    table = table_from_columns(columns(votes))
    again = table_from_columns(columns((u, r, renamed[v]) for u, r, v in votes))
    one = evaluate(table, tree(table.values, parents, None)).value
    same = evaluate(again, tree(again.values, other, None)).value
    assert np.array(one, dtype=float) == pytest.approx(np.array(same, dtype=float), nan_ok=True)
