"""Votes from before are counted; a large project's dear figures are stored, dated, read back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from pytest_django import DjangoDbBlocker

from annotator.accounts.models import Person
from annotator.audit.models import Event
from annotator.catalog.queries import ProjectView
from annotator.core import dbtime
from annotator.flow import tasks
from annotator.flow.steps import advance
from annotator.flow.verify import verify
from annotator.intake.models import Item, Unit
from annotator.labeling.models import Vote
from annotator.quality import counts, shelves
from annotator.quality.models import AgreementState, PatternCount, PatternDelta, StoredFigure
from annotator.quality.queries.agreement import agreement
from annotator.quality.queries.counted import patterns
from annotator.quality.queries.figures import ALWAYS, everything
from annotator.quality.queries.intervals import every_interval
from annotator.quality.queries.lines import lines
from annotator.quality.queries.recount import from_counts, from_votes
from annotator.quality.queries.stored import Shelf
from jury.verdict import Answer
from tests.factories import add_member, add_opinions, add_votes, make_items, make_project
from tests.flow.large import add_sets, make_large
from tests.repeats import ask_again
from tests.standing import standing

pytestmark = pytest.mark.django_db

MANIPULATION = Answer("unsafe", ("manipulation", "threat"))
FRAUD = Answer("unsafe", ("fraud",))


@pytest.fixture(scope="module")
def standing_project(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[ProjectView]:
    """A project with counts behind its agreement."""
    yield from standing(_a_project, django_db_blocker)


@pytest.fixture
def project(standing_project: ProjectView, db: None) -> ProjectView:
    """Return it as it was made."""
    return standing_project


def _a_project() -> ProjectView:
    """Six items with votes, some with opinions."""
    found = make_project(targets=["prompt"], jurors=("j1",))
    rows = ({"id": f"i{n}", "prompt": f"Text {n}"} for n in range(6))
    for number, item in enumerate(make_items(found, *rows)):
        other = (FRAUD, "safe", "needs_caution")[number % 3]
        votes = {"p1-a1": "safe", "p1-a2": other, "p1-a3": MANIPULATION if number % 2 else "safe"}
        add_votes(found, item, {name: {"prompt": value} for name, value in votes.items()})
        add_opinions(found, item, {"j1": {"prompt": other}})
    return found


def test_votes_from_before_the_counts_are_counted_by_the_sweep(project: ProjectView) -> None:
    before = from_counts(project)
    Vote.objects.update(population="")
    for model in (PatternDelta, PatternCount, AgreementState):
        model.objects.all().delete()
    assert Vote.objects.filter(counts=True).count() == 18  # what an upgrade finds
    import_module("annotator.quality.migrations.0004_count_what_is_there").mark_due(apps, None)
    due = list(Item.objects.filter(due_at__isnull=False).values_list("pk", flat=True))
    assert len(due) == 6
    advance(project, due[:1])
    assert counts.fold(project) == 1  # made of all votes as they are marked so far
    advance(project, due[:2])  # … and is killed here
    tasks.run_sweep()
    assert not Item.objects.filter(due_at__isnull=False).exists()
    assert from_counts(project) == from_votes(project) == before
    assert not PatternDelta.objects.exists()


def test_rebuilding_gives_the_same_counts(project: ProjectView) -> None:
    counts.fold(project, limit=4)
    before = from_counts(project)
    PatternCount.objects.filter(level="verdict").update(n=9)
    counts.rebuild(project)
    assert from_counts(project) == before
    assert not PatternDelta.objects.exists()


def test_the_command_mends_what_verify_finds(
    project: ProjectView, capsys: pytest.CaptureFixture[str]
) -> None:
    counts.fold(project, limit=4)
    pending = PatternDelta.objects.count()
    PatternCount.objects.filter(level="verdict").update(n=9)
    assert "pattern_count" in {each.kind for each in verify(project).details}
    call_command("recount", project=project.slug, json=True)
    said = json.loads(capsys.readouterr().out)
    rows = PatternCount.objects.count()
    told = {"project": project.slug, "rows": rows, "pending": pending}
    assert {key: said[key] for key in told} == told
    assert (said["items"], said["units"]) == (Item.objects.count(), Unit.objects.count())
    assert verify(project).document()["details"] == []
    assert Event.objects.filter(verb="counts.rebuilt", data={"pending": pending}).exists()


def test_counts_of_an_older_version_are_made_anew_although_nobody_votes(
    project: ProjectView,
) -> None:
    """The migration takes them for not made yet; sums of sets were not counted before."""
    tasks.fold_counts()
    everything_counted = from_counts(project)
    PatternCount.objects.filter(level__startswith="sums:").delete()
    assert not PatternDelta.objects.exists()
    AgreementState.objects.update(changed_at=None)
    tasks.fold_counts()
    assert from_counts(project) == everything_counted
    assert AgreementState.objects.get().changed_at is not None


def test_a_category_whose_counts_alone_were_altered_is_found_among_those_alike(
    project: ProjectView,
) -> None:
    """Nobody chose it, as nobody chose most others: their figures are one, its own is another."""
    tasks.fold_counts()
    rows = PatternCount.objects.filter(
        population="all", level="harassment", part=PatternCount.WHOLE
    )
    rows.update(pattern='[["no",1],["yes",2]]')
    found = [each.id for each in verify(project).details if each.kind == "coefficient"]
    assert {each.rpartition(":")[0] for each in found} == {"prompt:safety:harassment:all"}
    told = {each.rpartition(":")[2] for each in found}
    assert told >= {"alpha_nominal", "percent_agreement", "ac1", "fleiss_kappa"}


def test_a_figure_reads_back_as_it_was_made(project: ProjectView) -> None:
    ask_again(
        project, Item.objects.filter(state="settled").earliest("pk").pk, "p1-a1", {"prompt": "safe"}
    )
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


def test_parts_of_a_project_have_figures_of_their_own(project: ProjectView) -> None:
    rows = ({"id": f"j{n}", "prompt": f"More {n}"} for n in range(2))
    for item in make_items(project, *rows):
        add_votes(project, item, {f"p1-a{n}": {"prompt": "safe"} for n in (1, 2, 3)})

    def answers(part: str = "") -> object:
        found = patterns(
            project,
            "prompt",
            "safety",
            populations=("first_pass",),
            levels=("verdict",),
            part=part,
        )
        return found["first_pass", "verdict"]

    pending = answers("batch:2")
    assert pending == {'[["safe",3]]': 2}
    tasks.fold_counts()
    assert answers("batch:2") == pending
    week = counts.monday(dbtime.now().date()).isoformat()
    assert answers(f"week:{week}") == answers()


def test_a_change_that_takes_itself_back_leaves_no_row(project: ProjectView) -> None:
    tasks.fold_counts()
    before = set(PatternCount.objects.values_list("key", "n"))
    item = Item.objects.earliest("pk").pk
    Vote.objects.filter(annotation__item=item).update(population="", counts=False)
    PatternDelta.objects.all().delete()
    Vote.objects.filter(annotation__item=item).update(population="first_pass", counts=True)
    advance(project, [item])
    assert not PatternDelta.objects.exists()  # nothing had changed
    tasks.fold_counts()
    assert set(PatternCount.objects.values_list("key", "n")) == before
