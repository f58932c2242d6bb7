"""Counts made anew: of votes from before, by the command, of an older version; parts and nothing left."""

from __future__ import annotations

import json
from importlib import import_module

import pytest
from django.apps import apps
from django.core.management import call_command

from annotator.audit.models import Event
from annotator.catalog.queries import ProjectView
from annotator.core import dbtime
from annotator.flow import tasks
from annotator.flow.steps import advance
from annotator.flow.verify import verify
from annotator.intake.models import Item, Unit
from annotator.labeling.models import Vote
from annotator.quality import counts
from annotator.quality.models import AgreementState, PatternCount, PatternDelta
from annotator.quality.queries.agreement import agreement
from annotator.quality.queries.counted import patterns
from annotator.quality.queries.lines import lines
from annotator.quality.queries.recount import from_counts, from_votes
from tests.factories import add_votes, make_items
from tests.flow.large import make_large

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(counted_project: ProjectView) -> ProjectView:
    """Return the project of the tests."""
    return counted_project


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
    """It did not count sums of sets: until the worker has made them, patterns tell a large project's."""
    tasks.fold_counts()
    make_large(project)
    shown = agreement(project, target="prompt", level="fine").value
    everything_counted = from_counts(project)
    PatternCount.objects.filter(level__startswith="sums:").delete()
    assert not PatternDelta.objects.exists()
    AgreementState.objects.update(counting=0)
    before = agreement(project, target="prompt", level="fine")
    assert before.value == pytest.approx(shown, abs=1e-12)
    assert before.intervals_apart
    line = lines(project, target="prompt", question="safety", level="fine")[0]
    assert (line.value, line.interval) == (before.value, None)
    tasks.fold_counts()
    make_large(project)
    assert from_counts(project) == everything_counted
    assert agreement(project, target="prompt", level="fine").value == shown


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
