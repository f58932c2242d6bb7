"""Hedge weights: fed by labels no jury could sway, in the order of their rulings."""

from __future__ import annotations

from math import log, sqrt

import pytest

from annotator.catalog.queries import project_by_slug
from annotator.flow import redecide
from annotator.flow.whatif import wish
from annotator.quality.queries.weights import juror_weights
from jury.hedge import Round, hedge
from jury.verdict import Answer
from tests.factories import add_opinions, add_votes, make_items, make_project

pytestmark = pytest.mark.django_db

VIOLENCE = Answer("unsafe", ("violence",))
FRAUD = Answer("unsafe", ("fraud",))
SAFE = Answer("safe")


def a_project(policy: str = "majority") -> list[int]:
    """Return items on which j1 sees fraud where there is violence, and j2 misses the first."""
    project = make_project(
        policy={"name": policy}, jurors=("j1", "j2"), targets=["prompt"], people=3
    )
    rows = [{"id": f"i{n}", "prompt": f"Is film {n} long?"} for n in range(3)]
    items = make_items(project, *rows)
    truth = (VIOLENCE, VIOLENCE, SAFE)
    second = (SAFE, VIOLENCE, None)
    for item, true, said in zip(items, truth, second, strict=True):
        first = SAFE if true is SAFE else FRAUD
        add_votes(project, item, {f"p1-a{n}": {"prompt": true} for n in (1, 2, 3)})
        add_opinions(project, item, {"j1": {"prompt": first}, "j2": {"prompt": said}})
    return items


def test_each_category_is_judged_by_itself_in_the_order_of_the_rulings() -> None:
    a_project()
    view = juror_weights(project_by_slug("p1"))
    assert (view.jurors, view.references) == (("j1", "j2"), 3)
    rows = {row.category: row for row in view.rows}
    violence = hedge([Round((0.0, 0.0), 1), Round((0.0, 1.0), 1)], 2)
    assert rows["violence"].hedge == violence
    assert rows["violence"].weights[1] > rows["violence"].weights[0]
    fraud = hedge([Round((1.0, 0.0), 0), Round((1.0, 0.0), 0)], 2)
    assert rows["fraud"].hedge == fraud
    verdict = hedge([Round((1.0, 0.0), 1), Round((1.0, 1.0), 1), Round((0.0, None), 0)], 2)
    assert rows[""].hedge == verdict
    assert verdict.bound == pytest.approx(sqrt(3 * log(2) / 2))


def test_a_category_nobody_named_has_no_weights_but_a_reason() -> None:
    a_project()
    rows = {row.category: row for row in juror_weights(project_by_slug("p1")).rows}
    assert rows["malware"].hedge is None
    assert rows["malware"].reason == "No reference label named it yet."
    assert len(rows) == 1 + len(project_by_slug("p1").taxonomy.categories)


def test_rulings_that_a_jury_could_sway_are_no_reference() -> None:
    a_project("jury_conflict")
    assert juror_weights(project_by_slug("p1")).references == 0
    project = project_by_slug("p1")
    redecide.carry_on(
        redecide.begin(project, wish(project, "panel", {"random_share": 1.0, "random_votes": 3}))
    )
    assert juror_weights(project_by_slug("p1")).references == 3


def test_without_jurors_there_are_no_weights() -> None:
    assert juror_weights(make_project("p9")).rows == ()
