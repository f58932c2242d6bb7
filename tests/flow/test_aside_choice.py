"""Which answers are set aside: preview, filters, refusals, and who may know."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db.models import F
from pytest_django import DjangoDbBlocker

from annotator.accounts.queries import actor_by_username
from annotator.audit.models import Event
from annotator.catalog.models import Membership
from annotator.core.errors import Conflict, Invalid
from annotator.flow import asides, labeling
from annotator.flow.aside_wish import Choice, grounds_of, wanted_of
from annotator.flow.labeling import claim
from annotator.flow.voices import jurors_on, people_on
from annotator.intake.models import Item, Unit
from annotator.labeling.models import Annotation, Assignment, Vote
from annotator.quality.models import (
    SetAside,
)
from annotator.quality.queries.agreement import agreement
from annotator.quality.queries.aside_views import set_asides
from annotator.quality.queries.population import guest
from tests.factories import (
    add_opinions,
)
from tests.flow.aside_world import GROUNDS, World, label_as
from tests.standing import standing

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def standing_world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """The world that a module's tests share."""
    yield from standing(World, django_db_blocker)


@pytest.fixture
def world(standing_world: World, db: None) -> World:
    """Return the world as it was made."""
    return standing_world


def test_a_preview_says_what_will_be_and_changes_nothing(world: World) -> None:
    was, events = world.all(), Event.objects.count()
    seen = world.look()
    assert (world.all(), Event.objects.count()) == (was, events)
    covered, effect = seen.covered, seen.effect
    assert effect is not None
    assert (covered.answers, covered.counting, covered.aside) == (14, 14, 0)
    assert covered.rulings == {"adjudicator": 1, "human_majority": 12}
    assert (effect.fallen, effect.same, effect.changed, effect.by_lead) == (12, 0, 0, 1)
    assert (effect.seats, effect.lead_seats) == (7, 0)
    shift = next(each for each in effect.agreement if each.target == "prompt")
    seats = Assignment.objects.count()
    world.make()
    assert Assignment.objects.count() - seats == effect.seats
    found = agreement(world.now, target="prompt")
    assert shift.without.value == pytest.approx(found.value)
    assert shift.now.value != shift.without.value


@pytest.mark.parametrize(
    ("more", "answers", "items"),
    [
        ({"batch": "1"}, 8, 4),
        ({"batch": "2"}, 6, 3),
        ({"category": "violence"}, 3, 3),
        ({"category": "threat"}, 1, 1),
        ({"category": "fraud"}, 0, 0),
        ({"given_from": "2026-01-01"}, 14, 7),
        ({"given_until": "2026-01-01"}, 0, 0),
        ({"batch": "1", "category": "violence"}, 1, 1),
    ],
)
def test_filters_choose(world: World, more: dict[str, str], answers: int, items: int) -> None:
    seen = world.look(**more)
    assert (seen.covered.answers, seen.covered.items) == (answers, items)
    if answers:
        row = world.make(**more)
        assert (row.answers, row.items) == (answers, items)
        assert Vote.objects.filter(population="", counts=False).count() == answers + 1  # the lead's
        assert world.differences() == []
    else:
        with pytest.raises(Conflict, match="no such votes"):
            world.make(**more)
        assert not SetAside.objects.exists()


def test_a_time_goes_by_when_an_answer_was_given(world: World) -> None:
    theirs = Annotation.objects.filter(person__username="p1-a3")
    early = theirs.order_by("pk")[:2]
    hour = timedelta(hours=1)
    Annotation.objects.filter(pk__in=[row.pk for row in early]).update(
        created_at=F("created_at") - hour
    )
    first = theirs.order_by("-pk").first()
    assert first is not None
    border = (first.created_at - hour / 2).isoformat()
    assert world.look(given_until=border).covered.items == 2
    assert world.look(given_from=border).covered.items == 5
    # An imported answer was given when its file says.
    theirs.filter(pk=first.pk).update(evidence_at=first.created_at - 2 * hour)
    assert world.look(given_from=border).covered.items == 4


def test_a_leads_answers_as_a_lead_are_never_taken(world: World) -> None:
    with pytest.raises(Conflict, match="no such votes"):
        world.make("lead")
    assert world.look("lead").covered.answers == 0


def test_the_world_moved_since_the_preview(world: World) -> None:
    seen = world.look().covered.digest
    wanted = wanted_of(world.now, world.choice())
    label_as("p1-a3", 1)
    with pytest.raises(Conflict, match="16 answers on 8 items now"):
        asides.begin(world.now, wanted, GROUNDS, seen=seen)
    assert not SetAside.objects.exists()
    asides.begin(world.now, wanted, GROUNDS, seen=world.look().covered.digest)


@pytest.mark.parametrize(
    ("choice", "field"),
    [
        (Choice(), "person"),
        (Choice(person="nobody"), "person"),
        (Choice(person="nobody", juror="j1"), "person"),
        (Choice(juror="j9"), "juror"),
        (Choice(juror="j1", version="7"), "juror"),
        (Choice(juror="j1", version="x"), "juror"),
        (Choice(juror="j1", given_from="soon"), "from"),
        (Choice(juror="j1", given_from="2026-13-40"), "from"),
        (Choice(juror="j1", given_from="2026-02-02", given_until="2026-02-01"), "until"),
        (Choice(juror="j1", batch="9"), "import"),
        (Choice(juror="j1", category="soup"), "category"),
    ],
)
def test_what_there_is_not_is_refused(world: World, choice: Choice, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        wanted_of(world.now, choice)
    assert set(refused.value.fields) == {field}


def test_who_judged_without_being_a_member_is_found_by_their_pseudonym(world: World) -> None:
    row = world.make()
    Membership.objects.filter(project=world.project.id, person=row.person_id).delete()
    world.lift(row)
    name = guest(world.now, row.person_id or 0)
    assert [each.rater for each in set_asides(world.now)] == [name]
    assert wanted_of(world.now, Choice(person=name)).person == row.person_id


def test_a_reason_is_asked_for() -> None:
    with pytest.raises(Invalid) as refused:
        grounds_of("mood", " short ")
    assert set(refused.value.fields) == {"code", "reason"}


def test_a_lead_is_not_shown_what_is_set_aside(world: World) -> None:
    item = Item.objects.get(pk=world.ids[6])
    add_opinions(world.project, item.pk, {"j1": {"prompt": "unsafe", "response": "safe"}})
    targets = {unit.pk: unit.target for unit in Unit.objects.filter(item=item)}
    world.make(category="threat")
    a3 = people_on(world.now, item, targets)[2]
    assert (a3.counts, set(a3.answers)) == (True, {("response", "safety")})
    world.make()
    a3 = people_on(world.now, item, targets)[2]
    assert (a3.counts, len(a3.answers)) == (False, 2)
    asides.carry_on(asides.begin(world.now, wanted_of(world.now, Choice(juror="j1")), GROUNDS).pk)
    (j1,) = jurors_on(item, targets)
    assert (j1.counts, len(j1.answers)) == (False, 2)


def test_annotators_never_see_it(world: World) -> None:
    who = actor_by_username("p1-a3")
    before = labeling.tally(who, "p1")
    world.make()
    assert labeling.tally(who, "p1") == before
    held = claim(who, "p1")
    assert held is not None
    assert "aside" not in repr(held).lower()
