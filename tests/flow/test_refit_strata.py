"""A juror who is good about one category and adverse about another, from votes to decisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import pytest

from annotator.catalog.queries import project_by_slug
from annotator.flow import redecide, refits
from annotator.flow.verify import verify
from annotator.quality.models import Decision
from annotator.web.quality.fit_rows import fit_rows
from jury.policy.panel.fit import Fit, Pattern
from jury.verdict import Answer
from tests.factories import add_opinions, add_votes, make_items, make_project
from tests.flow.refit_world import PANEL

pytestmark = pytest.mark.django_db

GOOD = Answer("unsafe", ("violence",))
ADVERSE = Answer("unsafe", ("harassment",))
EACH = 30


def test_a_juror_is_believed_about_what_it_is_good_at_and_not_about_the_rest() -> None:
    project = make_project(policy=PANEL, jurors=("j1",), targets=["prompt"], overlap=1, people=0)
    rows = [{"id": f"i{n}", "prompt": f"Is cake number {n} dry?"} for n in range(3 * EACH + 2)]
    *items, good, adverse = make_items(project, *rows)
    # About violence people say so too, about harassment never; where it says safe, a third of them do.
    for n, item in enumerate(items):
        said: str | Answer = (GOOD, ADVERSE, "safe")[n % 3]
        people = GOOD if said == GOOD or (said == "safe" and n % 9 == 2) else "safe"
        add_votes(project, item, {f"p{n % 4}": {"prompt": people}}, move_on=False)
        add_opinions(project, item, {"j1": {"prompt": said}})

    (made,) = refits.propose_fits(project)
    told = {(p["said"], p.get("stratum", "")): p for p in made.patterns}
    assert set(told) == {(0, ""), (1, "violence"), (1, "harassment")}
    fit = Fit.from_document(made.document)
    about_good = fit.prior(Pattern(1, 1, "violence")).mean
    about_adverse = fit.prior(Pattern(1, 1, "harassment")).mean
    assert about_good > 0.8
    assert about_adverse < 0.2
    (row,) = fit_rows(project, [made], [])
    assert row.by_category
    expected = {each.words: each.expected for each in row.patterns}
    assert expected.keys() == {
        "0 of 1 unsafe",
        "1 of 1 unsafe, Violence",
        "1 of 1 unsafe, Harassment",
    }
    assert expected["1 of 1 unsafe, Violence"] == about_good
    assert expected["1 of 1 unsafe, Harassment"] == about_adverse

    redecide.carry_on(redecide.begin(project, refits.accepted(project, [made.id]), fits=[made.id]))
    now = project_by_slug("p1")
    for item, said in ((good, GOOD), (adverse, ADVERSE)):
        add_votes(now, item, {"p0": {"prompt": "safe"}}, move_on=False)
        add_opinions(now, item, {"j1": {"prompt": said}})
    assert _prior(good) == pytest.approx(about_good, abs=1e-6)
    assert _prior(adverse) == pytest.approx(about_adverse, abs=1e-6)
    assert _of(good).outcome == "reannotate"
    assert _of(adverse).outcome == "settled"
    assert verify(now).document()["differences"] == 0


def test_many_votes_on_few_units_are_no_reason_to_look() -> None:
    project = make_project(policy=PANEL, jurors=(), targets=["prompt"], overlap=3, people=0)
    few = refits.LEAST_UNITS // 3 + 1
    rows = [{"id": f"i{n}", "prompt": f"Is soup number {n} hot?"} for n in range(few)]
    for item in make_items(project, *rows):
        add_votes(project, item, {p: {"prompt": "safe"} for p in ("p1", "p2", "p3")}, move_on=False)
    assert refits.queue_due() == 0


def _of(item: int) -> Decision:
    return Decision.objects.get(unit__item=item, current=True)


def _prior(item: int) -> float:
    seen = cast("Mapping[str, list[float]]", _of(item).evidence["panel"])
    a, b = seen["prior"]
    return a / (a + b)
