"""Figures that another version of the product stored, or that are none any more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from annotator.accounts.models import Person
from annotator.catalog.queries import ProjectView
from annotator.core import dbtime
from annotator.flow import tasks
from annotator.quality import shelves
from annotator.quality.models import AgreementState, StoredFigure
from annotator.quality.queries.figures import everything
from tests.factories import add_member, add_votes, make_items, make_project
from tests.flow.large import make_large
from tests.repeats import ask_again

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(db: None) -> ProjectView:
    """Return a project that looks large, with an item that somebody was asked about again."""
    found = make_project(targets=["prompt"])
    (item,) = make_items(found, {"id": "i", "prompt": "Text"})
    add_votes(found, item, {f"p1-a{n}": {"prompt": "safe"} for n in (1, 2, 3)})
    ask_again(found, item, "p1-a1", {"prompt": "safe"})
    add_member(found, "lead", "manager")
    tasks.fold_counts()
    make_large(found)
    return found


def test_what_an_older_version_stored_is_replaced_though_nothing_happens(
    project: ProjectView,
) -> None:
    """It had self-consistency under another name, in another shape; and a rule's that is gone."""
    client = Client()
    client.force_login(Person.objects.get(username="lead"))
    shelves.store(project.id, everything(project))
    old = [{"name": "p1-a1", "same": {"part": 1, "n": 1}}]
    StoredFigure.objects.filter(name="self_consistency").update(name="repeats", document=old)
    shown = client.get("/projects/p1/quality?target=prompt").content.decode()
    assert "Self-consistency" not in shown
    assert "Not computed yet" in shown[shown.index("Asked again") :]
    tasks.store_figures()
    shown = client.get("/projects/p1/quality?target=prompt").content.decode()
    assert "Self-consistency by person and question" in shown
    assert not StoredFigure.objects.filter(name="repeats").exists()
    assert not shelves.claim(project.id, "figures")


def test_a_figure_that_is_none_any_more_asks_for_no_pass(project: ProjectView) -> None:
    long_ago = dbtime.now() - timedelta(days=9)
    for name in ("rule", "intervals"):
        StoredFigure.objects.create(
            project_id=project.id,
            name=name,
            scope="prompt:gone",
            document=[],
            as_of=long_ago,
            seconds=0,
        )
    assert tasks.store_figures() > 0
    assert not StoredFigure.objects.filter(scope="prompt:gone").exists()
    StoredFigure.objects.update(seconds=0)
    AgreementState.objects.update(changed_at=dbtime.now() - timedelta(hours=1))
    assert tasks.store_figures() == 0
