"""A large project's dear figures are stored, dated, read back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from annotator.accounts.models import Person
from annotator.catalog.queries import ProjectView
from annotator.core import dbtime
from annotator.flow import tasks
from annotator.intake.models import Item
from annotator.quality import shelves
from annotator.quality.models import AgreementState, PatternDelta, StoredFigure
from annotator.quality.queries.agreement import agreement
from annotator.quality.queries.figures import ALWAYS, everything
from annotator.quality.queries.intervals import every_interval
from annotator.quality.queries.lines import lines
from annotator.quality.queries.stored import Shelf
from tests.factories import add_member
from tests.flow.large import add_sets, make_large
from tests.repeats import ask_again

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(counted_project: ProjectView) -> ProjectView:
    """Return the project of the tests."""
    return counted_project


def asked_again(project: ProjectView) -> None:
    """Let somebody answer again what is settled."""
    ask_again(
        project, Item.objects.filter(state="settled").earliest("pk").pk, "p1-a1", {"prompt": "safe"}
    )


def test_a_figure_reads_back_as_it_was_made(project: ProjectView) -> None:
    asked_again(project)
    tasks.fold_counts()
    make_large(project)
    made = {(f.name, f.scope): f.make() for f in everything(project)}
    assert len(made) >= 8
    assert made["self_consistency", ""]
    assert {name for name, scope in made if not scope} == ALWAYS
    assert shelves.store(project.id, everything(project)) == len(made)
    shelf = Shelf.of(project)
    assert not shelf.small
    for figure in everything(project):
        stored = shelf.get(figure)
        assert stored.value == made[figure.name, figure.scope]
        assert stored.as_of is not None


def test_a_large_project_shows_stored_figures_with_their_date(project: ProjectView) -> None:
    add_member(project, "lead", "manager")
    client = Client()
    client.force_login(Person.objects.get(username="lead"))
    live = agreement(project, target="prompt")
    tasks.fold_counts()
    make_large(project)
    early = agreement(project, target="prompt")
    assert (early.raters, early.figures_as_of) == (None, None)
    assert early.document["cohen_kappa"] == {"mean": None, "pairs": 0}
    assert "not computed yet" in dict(early.document["reason"])["cohen_kappa"]  # type: ignore[call-overload]
    assert early.value == live.value
    shown = client.get("/projects/p1/quality?target=prompt").content.decode()
    assert "Not computed yet" in shown
    tasks.fold()
    late = agreement(project, target="prompt")
    assert late.figures_as_of is not None
    assert {**late.document} == {**live.document}
    shown = client.get("/projects/p1/quality?target=prompt").content.decode()
    assert "Not computed yet" not in shown
    assert "As of" in shown


def test_figures_are_made_by_one_and_not_all_the_time(project: ProjectView) -> None:
    tasks.fold_counts()
    make_large(project)
    assert shelves.claim(project.id, "figures")
    assert not shelves.claim(project.id, "figures")  # somebody else is at it
    shelves.store(project.id, everything(project))
    assert not shelves.claim(project.id, "figures")  # nothing has changed since
    AgreementState.objects.update(changed_at=dbtime.now())
    assert not shelves.claim(project.id, "figures")  # too soon
    StoredFigure.objects.update(as_of=dbtime.now() - timedelta(hours=1))
    assert shelves.claim(project.id, "figures")


def test_what_an_older_version_stored_is_replaced_though_nothing_happens(
    project: ProjectView,
) -> None:
    """It had self-consistency under another name, in another shape; and a rule's that is gone."""
    add_member(project, "lead", "manager")
    client = Client()
    client.force_login(Person.objects.get(username="lead"))
    asked_again(project)
    tasks.fold_counts()
    make_large(project)
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
    tasks.fold_counts()
    make_large(project)
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


def test_intervals_of_many_sets_are_drawn_beside_the_pages_and_dated(project: ProjectView) -> None:
    """The value is live; the bounds are those of the batch at the moment that stands beside them."""
    add_member(project, "lead", "manager")
    client = Client()
    client.force_login(Person.objects.get(username="lead"))
    tasks.fold_counts()
    before = agreement(project, target="prompt", level="fine")
    assert not before.intervals_apart
    make_large(project)
    add_sets(project)
    early = agreement(project, target="prompt", level="fine", population="all")
    assert (early.interval, early.intervals_as_of) == (None, None)
    assert "not drawn yet" in dict(early.document["reason"])["ci95.alpha_masi"]  # type: ignore[call-overload]
    page = "/projects/p1/quality?target=prompt&level=fine&who=counting"
    assert "Intervals are drawn beside the pages, soon." in client.get(page).content.decode()
    empty = agreement(project, target="prompt", level="fine", population="audit")
    assert not empty.intervals_apart, "of nobody's votes no interval will ever be drawn"
    tasks.store_figures()
    late = agreement(project, target="prompt", level="fine", population="all")
    batch = agreement(
        project, target="prompt", level="fine", population="all", shelf=Shelf(project, small=True)
    )
    assert not batch.intervals_apart
    assert late.document["ci95"] == batch.document["ci95"]
    assert late.interval is not None
    assert late.value == batch.value == early.value
    assert late.intervals_apart
    assert (
        late.intervals_as_of
        == StoredFigure.objects.get(name="intervals", scope="prompt:safety:all:fine").as_of
    )
    shown = client.get(page).content.decode()
    assert f"Intervals as of {late.intervals_as_of:%-d %b %H:%M:%S} UTC." in shown
    (line,) = (
        each
        for each in lines(project, target="prompt", question="safety", level="fine")
        if each.population == "all"
    )
    assert (line.value, line.interval) == (late.value, late.interval)


def test_intervals_are_drawn_more_often_than_passes_over_all_votes(project: ProjectView) -> None:
    tasks.fold_counts()
    make_large(project)
    assert shelves.claim(project.id, "intervals")
    assert not shelves.claim(project.id, "intervals")
    assert shelves.claim(project.id, "figures")  # neither waits for the other
    shelves.store(project.id, everything(project))
    shelves.store(project.id, every_interval(project), "intervals")
    AgreementState.objects.update(changed_at=dbtime.now())
    assert not shelves.claim(project.id, "intervals")
    StoredFigure.objects.update(as_of=dbtime.now() - timedelta(seconds=30), seconds=0.1)
    assert shelves.claim(project.id, "intervals")
    assert not shelves.claim(project.id, "figures")


def test_the_fold_runs_every_two_seconds_and_in_every_sweep(project: ProjectView) -> None:
    fold = settings.CELERY_BEAT_SCHEDULE["fold"]
    assert fold["task"] == tasks.fold.name
    assert fold["schedule"] == settings.FOLD_SECONDS <= 2
    assert PatternDelta.objects.exists()
    healed = tasks.run_sweep()
    assert healed["deltas_folded"] > 0
    assert not PatternDelta.objects.exists()
