from __future__ import annotations

import json

import numpy as np
import pytest

from jury.document import FieldError
from jury.policy.panel.beta import Beta
from jury.policy.panel.fit import DEFAULT_FIT, Fit, Pattern, VotedUnit, fit_units


def drawn(seed: int, betas: dict[Pattern, Beta], *, units: int, votes: int = 5) -> list[VotedUnit]:
    rng = np.random.default_rng(seed)
    patterns = list(betas)
    found = []
    for number in range(units):
        pattern = patterns[number % len(patterns)]
        share = rng.beta(betas[pattern].a, betas[pattern].b)
        unsafe = int(rng.binomial(votes, share))
        found.append(VotedUnit(pattern, unsafe, votes - unsafe))
    return found


NOBODY = Pattern(0, 0)
ONE_OF_ONE, NONE_OF_ONE = Pattern(1, 1), Pattern(0, 1)


def test_a_known_prior_is_found_again() -> None:
    fit = fit_units(drawn(1, {NOBODY: Beta(2, 4)}, units=4000))
    assert fit.overall.mean == pytest.approx(1 / 3, abs=0.02)
    assert fit.overall.concentration == pytest.approx(6, rel=0.2)
    assert (fit.units, fit.votes) == (4000, 20000)


def test_a_telling_jury_is_believed() -> None:
    fit = fit_units(drawn(2, {ONE_OF_ONE: Beta(4, 2), NONE_OF_ONE: Beta(1, 5)}, units=400))
    assert fit.weight >= 0.75
    assert fit.prior(ONE_OF_ONE).mean > 0.55
    assert fit.prior(NONE_OF_ONE).mean < 0.25
    assert fit.prior(ONE_OF_ONE).concentration == pytest.approx(
        fit.prior(NONE_OF_ONE).concentration
    )


def test_a_lying_jury_is_read_the_other_way_round() -> None:
    fit = fit_units(drawn(3, {ONE_OF_ONE: Beta(1, 5), NONE_OF_ONE: Beta(4, 2)}, units=400))
    assert fit.prior(ONE_OF_ONE).mean < fit.prior(NONE_OF_ONE).mean


def test_a_random_jury_is_hardly_ever_listened_to() -> None:
    same = {ONE_OF_ONE: Beta(2, 4), NONE_OF_ONE: Beta(2, 4)}
    fits = [fit_units(drawn(seed, same, units=200)) for seed in range(40)]
    apart = [abs(fit.prior(ONE_OF_ONE).mean - fit.prior(NONE_OF_ONE).mean) for fit in fits]
    assert sum(fit.weight > 0 for fit in fits) <= 8
    assert sum(apart) / len(apart) < 0.02


def test_an_unseen_pattern_takes_the_overall_prior() -> None:
    fit = fit_units(drawn(4, {ONE_OF_ONE: Beta(4, 2), NONE_OF_ONE: Beta(1, 5)}, units=400))
    assert fit.prior(Pattern(2, 3)) == fit.overall


def test_stopping_by_the_votes_biases_nothing() -> None:
    rng = np.random.default_rng(5)
    units = []
    for _ in range(4000):
        share = rng.beta(2, 4)
        unsafe = safe = 0
        while unsafe + safe < 7 and abs(unsafe - safe) < 2:
            if rng.random() < share:
                unsafe += 1
            else:
                safe += 1
        units.append(VotedUnit(NOBODY, unsafe, safe))
    fit = fit_units(units)
    assert fit.overall.mean == pytest.approx(1 / 3, abs=0.02)


def about(name: str) -> dict[str, Pattern]:
    return {"yes": Pattern(1, 1, name), "no": Pattern(0, 1, name)}


def test_a_juror_good_about_one_thing_and_adverse_about_another_is_read_apart() -> None:
    good, bad = about("threat"), about("fraud")
    telling, usual = {"yes": Beta(4, 2), "no": Beta(1, 5)}, {"yes": Beta(1, 5), "no": Beta(4, 2)}
    betas = {good[k]: telling[k] for k in good} | {bad[k]: usual[k] for k in bad}
    fit = fit_units(drawn(6, betas, units=600))
    believed, turned = ({k: fit.prior(p[k]).mean for k in p} for p in (good, bad))
    assert believed["yes"] > 2 * believed["no"]
    assert turned["no"] > 2 * turned["yes"]
    # Over both together it tells nothing, and that is what a third thing is judged by.
    other = about("spam")
    assert abs(fit.prior(other["yes"]).mean - fit.prior(other["no"]).mean) < 0.1


def test_strata_without_evidence_of_their_own_share_one_prior() -> None:
    same = {"yes": Beta(4, 2), "no": Beta(1, 5)}
    betas = {about(name)[k]: same[k] for name in "abcd" for k in same}
    shared = 0
    for seed in range(8):
        fit = fit_units(drawn(seed, betas, units=160))
        shared += len({fit.prior(about(name)["yes"]).mean for name in "abcd"}) == 1
        assert all(fit.prior(about(name)["yes"]).mean > 0.45 for name in "abcd")
    assert shared >= 3


def test_one_stratum_is_the_same_as_none() -> None:
    plain = drawn(2, {ONE_OF_ONE: Beta(4, 2), NONE_OF_ONE: Beta(1, 5)}, units=200)
    named = [
        VotedUnit(Pattern(u.pattern.said, u.pattern.given, "x"), u.unsafe, u.safe) for u in plain
    ]
    one, other = fit_units(plain), fit_units(named)
    assert one.prior(ONE_OF_ONE) == other.prior(Pattern(1, 1, "x"))
    assert one.weight == other.weight


def test_without_votes_it_is_the_default() -> None:
    assert fit_units([VotedUnit(ONE_OF_ONE, 0, 0)]) == DEFAULT_FIT


def test_a_document_comes_back_and_has_one_digest() -> None:
    fit = fit_units(drawn(2, {ONE_OF_ONE: Beta(4, 2), NONE_OF_ONE: Beta(1, 5)}, units=100))
    again = Fit.from_document(json.loads(json.dumps(fit.to_document())))
    assert again == fit
    assert again.digest == fit.digest
    assert fit.digest != DEFAULT_FIT.digest
    betas = {Pattern(1, 1, "x"): Beta(4, 2), Pattern(1, 1, "y"): Beta(1, 5)}
    apart = fit_units(drawn(2, betas, units=100))
    assert Fit.from_document(json.loads(json.dumps(apart.to_document()))) == apart


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"share_unsafe": 1.0}, "fit.share_unsafe"),
        ({"weight": 2}, "fit.weight"),
        ({"units": -1}, "fit.units"),
        ({"overall": {"a": 0.0, "b": 1.0}}, "fit.overall.a"),
        ({"overall": {"a": float("nan"), "b": 1.0}}, "fit.overall.a"),
        ({"patterns": [{"said": 2, "given": 1, "a": 1.0, "b": 1.0}]}, "fit.patterns[0].said"),
        (
            {"patterns": [{"said": 1, "given": 1, "stratum": 3, "a": 1.0, "b": 1.0}]},
            "fit.patterns[0].stratum",
        ),
        ({"shrinkage": 1}, "fit.shrinkage"),
    ],
)
def test_a_wrong_document_is_named(change: dict[str, object], field: str) -> None:
    with pytest.raises(FieldError) as caught:
        Fit.from_document({**DEFAULT_FIT.to_document(), **change})
    assert caught.value.field == field
