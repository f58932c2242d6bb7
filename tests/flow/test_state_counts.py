"""Progress and overview count by what was told at each change: exact before and after folding."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker

from annotator.accounts.queries import actor_by_username
from annotator.catalog.queries import ProjectView
from annotator.flow import labeling, lead, overview, tasks
from annotator.flow.labeling import Submission
from annotator.flow.recounting import KINDS, states
from annotator.flow.verify import verify
from annotator.intake import state_counts
from annotator.intake.models import StateCount, StateDelta
from annotator.intake.state_counts import Place, counts_of
from annotator.labeling import services
from annotator.labeling.models import Assignment
from annotator.labeling.queries import seat_counts
from jury.verdict import Answer
from tests.factories import add_member, add_votes, adjudicate, make_items, make_project
from tests.standing import standing

pytestmark = pytest.mark.django_db

FRAUD = Answer("unsafe", ("fraud",))


@pytest.fixture(scope="module")
def standing_project(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[ProjectView]:
    """A project that has been worked on."""
    yield from standing(_worked_on, django_db_blocker)


@pytest.fixture
def project(standing_project: ProjectView, db: None) -> ProjectView:
    """Return it as it was made."""
    return standing_project


def _worked_on() -> ProjectView:
    """Two imports: settled, disputed, begun and untouched items, one more asked again."""
    policy = {"name": "majority", "options": {"max_votes": 3}}
    found = make_project(targets=["prompt", "response"], policy=policy)
    rows = [{"id": f"i{n}", "prompt": f"Text {n}", "response": "Yes"} for n in range(8)]
    first, second = make_items(found, *rows[:5]), make_items(found, *rows[5:])
    said: tuple[tuple[int, tuple[str | Answer, ...]], ...] = (
        (first[0], ("safe", "safe", "safe")),
        (first[1], ("safe", FRAUD, "needs_caution")),
        (first[2], ("safe",)),
        (second[0], ("safe", FRAUD)),
    )
    for item, values in said:
        votes: dict[str, dict[str, str | Answer]] = {
            f"p1-a{n}": {"prompt": value, "response": "safe"}
            for n, value in enumerate(values, start=1)
        }
        add_votes(found, item, votes)
    return found


def exact(project: ProjectView) -> None:
    """The counts are what counting gives, and verify sees no difference in them."""
    assert +counts_of(project.id, KINDS) == states(project)


def test_they_are_exact_folded_or_not_and_partly(project: ProjectView) -> None:
    assert StateDelta.objects.count() > 3
    exact(project)
    assert state_counts.fold(limit=2) == 2
    exact(project)
    tasks.run_sweep()
    assert not StateDelta.objects.exists()
    exact(project)
    assert states(project)[Place("seat", "", "done")] == 9
    assert verify(project).differences == 0


def test_what_a_person_does_with_a_seat_is_told(project: ProjectView) -> None:
    actor = actor_by_username("p1-a3")

    def seats() -> tuple[int, int, int]:
        exact(project)
        found = seat_counts(project.id)
        return found.open, found.leased, found.done

    tasks.run_sweep()
    open_, _, done = seats()
    held = labeling.claim(actor, "p1")
    assert held is not None
    assert seats() == (open_ - 1, 1, done)
    labeling.release(actor, held.assignment, lease=held.lease)
    assert seats() == (open_, 0, done)
    held = labeling.claim(actor, "p1")
    assert held is not None
    labeling.skip(actor, held.assignment, lease=held.lease, reason="unsure")
    assert seats() == (open_, 0, done)
    assert not StateDelta.objects.exists()  # none of this changed a count
    held = labeling.claim(actor, "p1")
    assert held is not None
    answer = {"prompt": {"safety": "safe"}, "response": {"safety": "safe"}}
    labeling.submit(
        actor, held.assignment, lease=held.lease, key="k", submission=Submission(verdicts=answer)
    )
    assert StateDelta.objects.count() == 1  # seat, item and units in one row
    assert seats()[2] == done + 1
    labeling.undo(actor, "p1")
    assert seats() == (open_ - 1, 1, done)
    Assignment.objects.filter(state="leased").update(lease_until="2020-01-01T00:00:00Z")
    assert services.return_expired_seats() == 1
    assert seats() == (open_, 0, done)


def test_a_lead_and_seats_that_are_cancelled_are_told(project: ProjectView) -> None:
    tasks.run_sweep()
    add_member(project, "lead", "adjudicator")
    item = Assignment.objects.filter(kind="adjudicate", state="open").earliest("pk").item_id
    adjudicate(project, item, {"prompt": "safe"})
    exact(project)
    tasks.fold_states()
    exact(project)
    assert verify(project).differences == 0


def test_progress_and_overview_read_the_counts_only(project: ProjectView) -> None:
    add_member(project, "boss", "manager")
    boss = actor_by_username("boss")
    with CaptureQueriesContext(connection) as seen:
        shown, glance = overview.progress(boss, "p1"), lead.glance(boss, "p1")
    assert (shown.items, glance.imported) == (8, 8)
    assert {line.number: line.items for line in glance.batches} == {1: 5, 2: 3}
    assert shown.seats == glance.seats == seat_counts(project.id)
    assert shown.annotations == 9
    counting = [each["sql"] for each in seen if "COUNT(*)" in (each["sql"] or "")]
    tables = ('FROM "intake_item"', 'FROM "intake_unit"', 'FROM "labeling_assignment"')
    assert all("'leased'" in sql for sql in counting if any(table in sql for table in tables))


def test_a_tampered_count_is_found_and_mended(project: ProjectView) -> None:
    tasks.run_sweep()
    StateCount.objects.filter(kind="unit", state="settled").update(n=77)
    found = [each.document() for each in verify(project).details]
    assert [(each["kind"], each["id"], each["stored"]) for each in found] == [
        ("state_count", "unit::settled", 77)
    ]
    call_command("recount", "--project", "p1")
    assert verify(project).differences == 0
    assert not StateDelta.objects.exists()


def test_a_lost_delta_is_found(project: ProjectView) -> None:
    StateDelta.objects.latest("pk").delete()
    assert {each.kind for each in verify(project).details} == {"state_count"}


def test_an_upgrade_counts_what_is_there(project: ProjectView) -> None:
    before = +counts_of(project.id, KINDS)
    StateDelta.objects.all().delete()
    StateCount.objects.all().delete()
    for name in ("0008_count_states", "0009_count_the_jury"):
        import_module(f"annotator.intake.migrations.{name}").count(apps, None)
    assert counts_of(project.id, KINDS) == before == states(project)


def test_what_cancels_out_or_is_undone_leaves_no_row(project: ProjectView) -> None:
    tasks.run_sweep()
    place = Place("seat", "", "done")
    with state_counts.gathered():
        state_counts.note(project.id, {place: 1})
        with state_counts.gathered():
            state_counts.note(project.id, {place: -1})
    assert not StateDelta.objects.exists()
    with pytest.raises(ZeroDivisionError), state_counts.gathered():
        state_counts.note(project.id, {place: 1 // 0})
    assert not StateDelta.objects.exists()
