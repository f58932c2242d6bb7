"""What rests is moved on by the sweep, whatever happened to who should have moved it."""

from __future__ import annotations

import time

import pytest

from annotator.catalog.models import PolicyVersion, Project
from annotator.catalog.queries import project_by_slug
from annotator.flow.tasks import run_sweep
from annotator.flow.verify import verify
from annotator.intake import derived
from annotator.intake.models import Item
from annotator.panel.models import Juror, JurorVersion
from annotator.panel.models import Vote as JurorVote
from annotator.quality.models import Ruling
from tests.factories import JUROR, add_opinions, add_votes, make_item, make_project
from tests.flow.projects import project as apply_project

pytestmark = pytest.mark.django_db(transaction=True)

SAFE = {"prompt": "safe", "response": "safe"}
PEOPLE = ("a", "b", "c")


def is_marked(item_id: int) -> bool:
    return Item.objects.filter(pk=item_id, due_at__isnull=False).exists()


def test_an_advance_that_fails_keeps_its_mark_and_holds_up_no_other_project() -> None:
    broken, sound = make_project("broken"), make_project("sound")
    stuck, free = (make_item(project) for project in (broken, sound))
    for project, item_id in ((broken, stuck), (sound, free)):
        add_votes(project, item_id, dict.fromkeys(PEOPLE, SAFE), move_on=False)
    policy = PolicyVersion.objects.get(project=broken.id, current=True)
    PolicyVersion.objects.filter(pk=policy.pk).update(current=False)
    unreadable = PolicyVersion.objects.create(
        project_id=broken.id,
        version=policy.version + 1,
        name=policy.name,
        options={"no_such_option": 1},
    )
    derived.mark_due([stuck, free])

    assert run_sweep()["items_advanced"] == 1
    assert is_marked(stuck)
    assert not is_marked(free)
    assert not Ruling.objects.filter(unit__item=stuck).exists()

    unreadable.delete()
    PolicyVersion.objects.filter(pk=policy.pk).update(current=True)
    assert run_sweep()["items_advanced"] == 1
    assert not is_marked(stuck)
    assert Ruling.objects.filter(unit__item=stuck).count() == 2


def test_an_item_that_waits_for_a_silent_jury_is_decided_once_its_patience_is_out() -> None:
    made = make_project(jurors=("j1",), policy={"name": "jury_conflict"})
    Project.objects.filter(pk=made.id).update(jury_patience_seconds=1)
    project = project_by_slug(made.slug)
    item_id = make_item(project)
    add_votes(project, item_id, dict.fromkeys(PEOPLE, SAFE))

    assert not Ruling.objects.filter(unit__item=item_id).exists()
    assert is_marked(item_id)
    time.sleep(1.1)
    run_sweep()
    assert set(Ruling.objects.filter(unit__item=item_id).values_list("value", flat=True)) == {
        "safe"
    }


def test_a_juror_that_nobody_asked_is_not_waited_for_longer_than_the_patience() -> None:
    """Seated after the import: no question waits, so nothing told when to go on."""
    policy = {"name": "jury_conflict"}
    item_id = make_item(make_project(policy=policy))
    made = make_project(jurors=("late",), policy=policy)
    Project.objects.filter(pk=made.id).update(jury_patience_seconds=1)
    add_votes(project_by_slug(made.slug), item_id, dict.fromkeys(PEOPLE, SAFE))

    assert not Ruling.objects.filter(unit__item=item_id).exists()
    time.sleep(1.1)
    run_sweep()
    assert Ruling.objects.filter(unit__item=item_id).count() == 2


def test_a_lower_overlap_moves_on_what_waits_for_one_more() -> None:
    """What a lead does who finds that a third person is not to be had."""
    policy = {"name": "majority", "options": {"human_floor": 2}}
    item_id = make_item(make_project(policy=policy))
    add_votes(project_by_slug("p1"), item_id, dict.fromkeys(PEOPLE[:2], SAFE))
    assert not Ruling.objects.filter(unit__item=item_id).exists()
    make_project(policy=policy, overlap=2)
    run_sweep()
    assert Ruling.objects.filter(unit__item=item_id).count() == 2


def test_votes_of_a_juror_that_became_another_count_no_more() -> None:
    project = make_project(jurors=("j1",))
    item_id = make_item(project)
    add_opinions(project, item_id, {"j1": SAFE})
    Juror.objects.filter(project=project.id).update(model="m0")
    JurorVersion.objects.update(digest="of another model")
    make_project(jurors=("j1",))  # again m1: another version
    run_sweep()
    assert not JurorVote.objects.filter(counts=True).exists()
    assert verify(project_by_slug("p1")).differences == 0


def test_a_juror_that_is_retired_decides_nothing_until_it_is_back() -> None:
    policy = {"name": "jury_conflict"}
    both, one = ([{**JUROR, "name": name} for name in names] for names in (("j1", "j2"), ("j1",)))
    item_id = make_item(project := apply_project(root={"juror": both, "policy": policy}))
    add_opinions(project, item_id, {"j1": SAFE, "j2": SAFE})

    def counting() -> set[str]:
        votes = JurorVote.objects.filter(unit__item=item_id, counts=True)
        return set(votes.values_list("opinion__inquiry__juror_version__juror__name", flat=True))

    assert counting() == {"j1", "j2"}
    for jurors, seated in ((one, {"j1"}), (both, {"j1", "j2"})):
        apply_project(root={"juror": jurors, "policy": policy})
        run_sweep()
        assert counting() == seated
        assert verify(project_by_slug(project.slug)).differences == 0


def test_news_overtakes_the_end_of_patience() -> None:
    project = make_project(jurors=("j1",), policy={"name": "jury_conflict"})
    item_id = make_item(project)
    add_votes(project, item_id, dict.fromkeys(PEOPLE, SAFE))
    assert derived.due_items(10) == []
    derived.mark_due([item_id])
    assert derived.due_items(10) == [(project.id, item_id)]
