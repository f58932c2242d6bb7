from __future__ import annotations

import pytest

from annotator.panel.models import Inquiry
from annotator.quality.queries.decisions import (
    contested,
    decisions_of,
    reason_counts,
    rulings_of,
    source_counts,
)
from annotator.quality.queries.jurors import juror_agreement, jurors
from annotator.quality.queries.pair import compare
from annotator.quality.queries.people import people
from annotator.quality.queries.shares import Share
from tests.factories import (
    add_opinions,
    add_votes,
    adjudicate,
    make_item,
    make_items,
    make_project,
    settle_all,
)

pytestmark = pytest.mark.django_db


def test_a_lenient_and_hasty_person_stands_out() -> None:
    project = make_project(targets=["prompt"])
    for item in make_items(project, *({"id": f"i{n}", "prompt": f"Text {n}"} for n in range(4))):
        add_votes(project, item, {"p1-a1": {"prompt": "safe"}}, seconds=3.0)
        add_votes(project, item, {f"p1-a{n}": {"prompt": "unsafe"} for n in (2, 3)}, seconds=30.0)
    views = people(project)
    assert [view.name for view in views] == ["p1-a1", "p1-a2", "p1-a3"]
    lenient = views[0]
    assert (lenient.annotations, lenient.n_timed) == (4, 4)
    assert (lenient.median_seconds, lenient.team_median_seconds) == (3.0, 30.0)
    assert (lenient.unsafe, lenient.others_unsafe) == (Share(0, 4), Share(8, 8))
    assert lenient.agreement == Share(0, 4)
    assert views[1].agreement == Share(4, 4)
    assert views[1].others_unsafe == Share(4, 8)


def test_who_did_nothing_is_listed_with_nothing() -> None:
    (view,) = people(make_project(people=1))
    assert (view.annotations, view.median_seconds, view.unsafe.value) == (0, None, None)
    assert view.unsafe.interval is None


def test_a_juror_is_held_against_peoples_majority() -> None:
    project = make_project(targets=["prompt"], jurors=("j1", "j2"))
    items = make_items(project, *({"id": f"i{n}", "prompt": f"Text {n}"} for n in range(4)))
    for number, item in enumerate(items):
        value = "unsafe" if number < 2 else "safe"
        add_opinions(
            project, item, {"j1": {"prompt": value}, "j2": {"prompt": None if number else "safe"}}
        )
        settle_all(project, [item], value)
    good, silent = jurors(project)
    assert (good.name, good.comparison.n, good.comparison.kappa.value) == ("j1", 4, 1.0)
    assert good.comparison.balanced_accuracy.value == 1.0
    assert good.comparison.baseline == 0.5
    assert good.states["given"] == 4
    assert (silent.states["given"], silent.states["abstained"]) == (1, 3)
    assert (silent.comparison.n, silent.comparison.accuracy) == (1, 0.0)
    assert good.cost == pytest.approx(0.04)
    assert good.median_seconds == 0.5
    (pair,) = juror_agreement(project)
    assert (pair.first, pair.second, pair.comparison.n) == ("j1", "j2", 1)


def test_a_gullible_jurors_flips_are_counted() -> None:
    project = make_project(targets=["prompt"], jurors=("j1",))
    for number, item in enumerate(
        make_items(project, *({"id": f"i{n}", "prompt": f"Text {n}"} for n in range(3)))
    ):
        add_opinions(project, item, {"j1": {"prompt": "safe"}})
        if number < 2:
            canary = "unsafe" if number else "safe"
            add_opinions(project, item, {"j1": {"prompt": canary}}, purpose=Inquiry.Purpose.CANARY)
    (view,) = jurors(project)
    assert view.flipped == Share(1, 2)
    assert view.states["given"] == 3


def test_comparison_knows_kappa_and_its_limits() -> None:
    # 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: p_o = .7, p_e = .5, kappa = .4.
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    found = compare(pairs)
    assert found.kappa.value == pytest.approx(0.4)
    assert found.balanced_accuracy.value == pytest.approx((20 / 25 + 15 / 25) / 2)
    assert (found.n, found.accuracy, found.baseline) == (50, 0.7, 0.5)
    assert found.kappa_interval is not None
    assert found.kappa_interval.low < 0.4 < found.kappa_interval.high
    same = compare([("y", "y")] * 5)
    assert (same.kappa.value, same.accuracy) == (None, 1.0)
    assert same.kappa.reason
    assert compare([]).kappa.value is None
    assert compare([("y", "n")]).balanced_accuracy.value == 0.0


def test_decisions_and_rulings_speak() -> None:
    project = make_project(
        targets=["prompt"], policy={"name": "majority", "options": {"max_votes": 3}}
    )
    settled, disputed = (make_item(project, name, response=None) for name in ("s", "d"))
    settle_all(project, [settled])
    values = ("safe", "needs_caution", "unsafe")
    votes = {f"p1-a{n}": {"prompt": value} for n, value in enumerate(values, start=1)}
    votes["p1-a2"] = {"prompt": "unsafe"}
    votes["p1-a3"] = {"prompt": "unsafe"}
    add_votes(project, disputed, votes)
    (decision,) = decisions_of(settled)
    assert (decision.outcome, decision.policy) == ("settled", "majority")
    assert decision.words
    (ruling,) = rulings_of(settled)
    assert (ruling.value, ruling.human_judged) == ("safe", True)
    assert source_counts(project)["human_majority"] == 2
    assert sum(row.n for row in reason_counts(project)) >= 2
    assert contested(project) == ()


def test_contested_units_are_listed() -> None:
    project = make_project(
        targets=["prompt"],
        policy={"name": "majority", "options": {"max_votes": 3, "min_share": 1.0}},
    )
    item = make_item(project, response=None)
    add_votes(
        project, item, {f"p1-a{n}": {"prompt": "unsafe" if n > 1 else "safe"} for n in (1, 2, 3)}
    )
    adjudicate(project, item, {"prompt": "needs_caution"}, contested=True)
    (unit,) = contested(project)
    assert (unit.external_id, unit.target, unit.value) == ("i1", "prompt", "needs_caution")
