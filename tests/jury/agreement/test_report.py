from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jury.agreement.columns import columns
from jury.agreement.errors import BadOrder, BadSet, MixedRater, SecondVote
from jury.agreement.kappa import NOT_BOTH
from jury.agreement.kinds import NO_LABELS
from jury.agreement.raters import raters_report
from jury.agreement.report import NO_DRAWS, Raters, report, table_report
from jury.agreement.rows import VoteRow, clean
from jury.agreement.scales import COEFFICIENTS, NO_NUMBERS, NO_ORDER
from jury.agreement.statistic import Coefficient
from jury.agreement.table import table_from_columns
from tests.jury.agreement.cases import VALUES, Triple, rows, triples

KEYS = {
    "units", "raters", "labels", "values", "prevalence", "cohen_kappa", "ci95", "per_category",
    "by_kind", "reason", *COEFFICIENTS,
}  # fmt: skip
FEW: list[Triple] = [
    ("u1", "a", "1"), ("u1", "b", "2"), ("u2", "a", "2"), ("u2", "b", "2"), ("u3", "a", "10"),
]  # fmt: skip


@settings(max_examples=50)
@given(triples(), st.randoms(use_true_random=False), st.booleans())
def test_a_report_is_clean_json_says_why_and_ignores_the_order_of_rows(
    votes: list[Triple],
    dice: random.Random,
    ordered: bool,  # noqa: FBT001 - hypothesis gives it
) -> None:
    order = VALUES if ordered else None
    found = report(rows(votes), order=order, bootstrap=20)
    mixed = list(votes)
    dice.shuffle(mixed)
    assert report(rows(mixed), order=order, bootstrap=20) == found
    assert set(found) == KEYS
    json.dumps(found, allow_nan=False)
    for name in COEFFICIENTS:
        assert (found[name] is None) == (name in found["reason"])
    for kind, value in found["by_kind"].items():
        assert (value is None) == (f"by_kind.{kind}" in found["reason"])
    assert (found["cohen_kappa"]["mean"] is None) == ("cohen_kappa" in found["reason"])
    assert sum(found["prevalence"].values()) == pytest.approx(1 if votes else 0)


def test_a_table_alone_gives_the_digits_of_the_votes() -> None:
    """But for what no count of patterns knows."""
    order = ["1", "2", "10"]
    votes = [(f"u{n}", r, order[n * k % 3]) for n in range(12) for r, k in (("a", 1), ("b", 2))]
    found = report(rows(votes), order=order, bootstrap=100, seed=3)
    table = table_from_columns(columns(votes))
    unknown = Coefficient(None, "not known", 0, 0)
    alone = table_report(table, Raters(None, unknown, 0), {}, order=order, bootstrap=100, seed=3)
    for name in ("units", "labels", "values", "prevalence", "per_category", "ci95", *COEFFICIENTS):
        assert alone[name] == found[name], name
    assert alone["ci95"]["alpha_ordinal"] is not None
    assert (alone["raters"], alone["reason"]["cohen_kappa"]) == (None, "not known")


def test_what_is_not_there_says_why() -> None:
    reason = report(rows(FEW), bootstrap=0)["reason"]
    assert reason["alpha_ordinal"] == NO_ORDER
    assert reason["ci95.alpha_nominal"] == NO_DRAWS


def test_labels_count_all_that_were_given_and_units_those_with_two() -> None:
    found = report(rows(FEW), bootstrap=0)
    assert (found["units"], found["raters"], found["labels"]) == (2, 2, 5)
    assert found["values"] == ["1", "2", "10"]
    assert found["prevalence"] == {"1": 0.2, "2": 0.6, "10": 0.2}
    assert found["per_category"]["2"]["n"] == 3
    assert found["percent_agreement"] == 0.5
    assert found["ci95"]["ac1"] is None
    assert "ci95.ac1" in found["reason"]


def test_nothing_at_all_is_none_everywhere() -> None:
    found = report([])
    assert (found["units"], found["labels"], found["values"]) == (0, 0, [])
    assert all(found[name] is None for name in COEFFICIENTS)
    assert found["by_kind"] == {"human": None, "juror": None, "human_juror": None}
    assert raters_report([])["units"] == {}


def test_empty_and_missing_labels_are_no_votes() -> None:
    votes = [*rows(FEW), VoteRow("u3", "b", "?"), VoteRow("u2", "c", "")]
    assert report(votes, missing=["?"], bootstrap=9) == report(rows(FEW), bootstrap=9)


def test_a_second_vote_is_refused_with_its_line_or_resolved() -> None:
    votes = [VoteRow(*row, line=number) for number, row in zip((2, 3, 4), FEW, strict=False)]
    again = [*votes, VoteRow("u1", "b", "1", line=9)]
    with pytest.raises(SecondVote, match=r"line 9: .*'b'.*'u1'") as caught:
        report(again)
    assert caught.value.line == 9
    assert report(again, duplicates="first", bootstrap=9) == report(votes, bootstrap=9)
    assert report(again, duplicates="last", bootstrap=9)["prevalence"]["1"] == pytest.approx(2 / 3)
    with pytest.raises(SecondVote, match="line 2"):
        raters_report([VoteRow("u", "r", "x"), VoteRow("u", "r", "x")])


@pytest.mark.parametrize(
    ("votes", "options", "error"),
    [
        ([VoteRow("u", "r", "x"), VoteRow("v", "r", "x", "juror")], {}, MixedRater),
        ([VoteRow("u", "r", "none|x")], {"sets": "|"}, BadSet),
        ([VoteRow("u", "r", "x")], {"order": ["y"]}, BadOrder),
    ],
)
def test_votes_that_cannot_stand_are_refused(
    votes: Sequence[VoteRow], options: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        report(votes, **options)


def test_sets_are_written_in_one_way_and_counted_by_member() -> None:
    votes = [
        VoteRow("u1", "a", "x|y"), VoteRow("u1", "b", " y | x|x"),
        VoteRow("u2", "a", ""), VoteRow("u2", "b", "y"),
    ]  # fmt: skip
    assert [vote.label for vote in clean(votes, sets="|")] == ["x|y", "x|y", "none", "y"]
    found = report(votes, sets="|", bootstrap=0)
    assert found["values"] == ["none", "x|y", "y"]
    assert {name: one["n"] for name, one in found["per_category"].items()} == {
        "none": 1, "x": 2, "y": 3,
    }  # fmt: skip
    assert found["per_category"]["x"]["alpha"] == 1.0
    assert found["alpha_masi"] is not None
    assert found["reason"]["alpha_interval"] == NO_NUMBERS


def test_kinds_are_told_apart() -> None:
    human = rows(FEW)
    found = report(human, bootstrap=0)
    assert found["by_kind"]["human"] == found["alpha_nominal"]
    assert found["reason"]["by_kind.juror"] == NO_LABELS
    assert found["reason"]["by_kind.human_juror"] == NOT_BOTH
    agreeing = [VoteRow("u1", "j", "1", "juror"), VoteRow("u2", "j", "2", "juror")]
    both = report([*human, *agreeing], bootstrap=0)["by_kind"]
    assert both["human"] == found["alpha_nominal"]
    assert both["juror"] is None
    # Pairs agree 1/2 and 1; by chance (1/4 + 3/4) / 2.
    assert both["human_juror"] == pytest.approx((0.75 - 0.5) / (1 - 0.5))


def test_raters_are_told_with_what_the_model_thinks_of_the_units() -> None:
    found = raters_report(rows(FEW))
    assert set(found) == {"log_likelihood", "converged", "units", "raters"}
    assert found["converged"] is True
    assert sum(found["units"]["u1"].values()) == pytest.approx(1)
    assert found["raters"]["a"]["n"] == 3
    assert set(found["raters"]["a"]["confusion"]) == {"1", "2", "10"}
    json.dumps(found, allow_nan=False)
