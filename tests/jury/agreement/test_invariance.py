"""Who is called what, and in which order votes came, is nothing that a coefficient may depend on."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jury.agreement.columns import columns
from jury.agreement.diagnostics import dawid_skene
from jury.agreement.report import report
from tests.jury.agreement.cases import VALUES, Triple, rows, triples

RATERS = ("r0", "r1", "r2", "r3", "r4")
BLIND_TO_NAMES = ("alpha_nominal", "percent_agreement", "ac1", "fleiss_kappa")
WITH_ORDER = ("alpha_ordinal", "alpha_interval", *BLIND_TO_NAMES)


def same(one: Any, other: Any) -> None:
    assert (one is None) == (other is None)
    if one is not None:
        assert one == pytest.approx(other, abs=1e-9)


@settings(max_examples=60)
@given(triples(), st.permutations(RATERS), st.randoms(use_true_random=False))
def test_raters_may_change_places_and_names(
    votes: list[Triple], names: list[str], dice: random.Random
) -> None:
    renamed = dict(zip(RATERS, names, strict=True))
    other = [(unit, renamed[rater], value) for unit, rater, value in votes]
    dice.shuffle(other)
    one, two = (report(rows(each), order=VALUES, bootstrap=0) for each in (votes, other))
    for name in WITH_ORDER:
        same(one[name], two[name])
    same(one["cohen_kappa"]["mean"], two["cohen_kappa"]["mean"])
    assert one["prevalence"] == two["prevalence"]
    for value, figures in one["per_category"].items():
        same(figures["alpha"], two["per_category"][value]["alpha"])


@settings(max_examples=60)
@given(triples(), st.permutations(VALUES))
def test_values_may_be_relabeled_where_their_order_is_not_asked_for(
    votes: list[Triple], names: list[str]
) -> None:
    renamed = dict(zip(VALUES, names, strict=True))
    other = [(unit, rater, renamed[value]) for unit, rater, value in votes]
    one, two = (report(rows(each), bootstrap=0) for each in (votes, other))
    for name in BLIND_TO_NAMES:
        same(one[name], two[name])
    same(one["cohen_kappa"]["mean"], two["cohen_kappa"]["mean"])
    for value, figures in one["per_category"].items():
        same(figures["alpha"], two["per_category"][renamed[value]]["alpha"])


@settings(max_examples=40)
@given(triples(), st.permutations(RATERS), st.permutations(VALUES))
def test_the_model_of_raters_cares_for_no_names_either(
    votes: list[Triple], names: list[str], values: list[str]
) -> None:
    if not votes:
        return
    rater, value = dict(zip(RATERS, names, strict=True)), dict(zip(VALUES, values, strict=True))
    other = [(unit, rater[r], value[v]) for unit, r, v in votes]
    one, two = (dawid_skene(columns(each), steps=10, tolerance=0) for each in (votes, other))
    assert one.log_likelihood[-1] == pytest.approx(two.log_likelihood[-1], abs=1e-6)
