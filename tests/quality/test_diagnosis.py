"""What each rater's votes tell, by a model of them: from votes to the page."""

from __future__ import annotations

import pytest
from django.test import Client

from annotator.accounts.models import Person
from annotator.catalog.queries import ProjectView
from annotator.quality.models import StoredFigure
from annotator.quality.queries.agreement import agreement
from annotator.quality.queries.figures import of_raters
from annotator.quality.queries.population import Scope
from annotator.quality.queries.stored import Shelf
from tests.factories import add_member, add_votes, make_items, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> ProjectView:
    """Two careful people and one who says safe whatever they see, on twenty prompts."""
    found = make_project()
    rows = ({"id": f"i{n}", "prompt": f"Text {n}"} for n in range(20))
    for number, item in enumerate(make_items(found, *rows)):
        said = "unsafe" if number % 4 == 0 else "safe"
        votes = {"p1-a1": said, "p1-a2": said, "p1-a3": "safe"}
        add_votes(found, item, {name: {"prompt": value} for name, value in votes.items()})
    add_member(found, "lead", "manager")
    return found


def test_whose_votes_do_not_depend_on_the_unit_comes_first(project: ProjectView) -> None:
    figures = agreement(project, target="prompt").figures
    assert figures is not None
    by_distinction = sorted(figures.diagnoses, key=lambda each: each.distinction or 0)
    least, *others = by_distinction
    assert least.distinction == pytest.approx(0, abs=1e-6)
    assert least.confusion["unsafe"] == pytest.approx({"safe": 1, "unsafe": 0}, abs=1e-6)
    assert [each.distinction for each in others] == pytest.approx([1, 1], abs=1e-6)
    assert {each.n for each in figures.diagnoses} == {20}
    assert least.accuracy == pytest.approx(0.75, abs=1e-6)
    client = Client()
    client.force_login(Person.objects.get(username="lead"))
    page = client.get("/projects/p1/quality?target=prompt").content.decode()
    table = page.partition('id="diagnosis-h"')[2].partition("</section>")[0]
    assert "Where it is Unsafe" in table
    rows = table.partition("<tbody>")[2].split("<tr>")[1:]
    assert f"<bdi>{least.rater}</bdi>" in rows[0]
    assert "0.00" in rows[0]
    assert "Safe 100 %" in rows[0]
    assert len(rows) == 3


def test_votes_that_nobody_can_be_held_against_tell_nothing() -> None:
    found = make_project(overlap=1)
    (item,) = make_items(found, {"id": "i", "prompt": "Text"})
    add_votes(found, item, {"p1-a1": {"prompt": "safe"}})
    figures = agreement(found, target="prompt").figures
    assert figures is not None
    assert figures.diagnoses == ()


def test_a_figure_that_an_older_version_stored_is_not_there(project: ProjectView) -> None:
    """It did not know of diagnoses; the worker makes it anew."""
    figure = of_raters(Scope(project, "prompt"), ("verdict",))
    StoredFigure.objects.create(
        project_id=project.id,
        name=figure.name,
        scope=figure.scope,
        document={"raters": 3, "labels": {}, "levels": {}, "matrix": []},
        as_of="2026-01-01T00:00:00Z",
        seconds=1,
    )
    found = Shelf(project, small=False).get(figure)
    assert (found.value, found.as_of) == (None, None)
