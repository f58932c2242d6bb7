"""Answers set aside and back: they stay as evidence, leave figures and rulings, seats re-open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from annotator.accounts.queries import actor_by_username
from annotator.audit.models import Event
from annotator.catalog import services as catalog
from annotator.core.errors import Conflict, NotAllowed
from annotator.flow import asides, jobs, labeling, redecide
from annotator.flow.aside_wish import wanted_of
from annotator.flow.jobs import Stopped
from annotator.flow.labeling import Submission, submit
from annotator.flow.models import Job
from annotator.flow.tasks import WORK
from annotator.flow.verify import verify
from annotator.flow.whatif import wish
from annotator.labeling.models import Assignment, Vote
from annotator.quality.models import (
    Decision,
    PatternDelta,
    PolicyRun,
    Ruling,
    SetAside,
    SetAsideAnswer,
)
from annotator.quality.queries.agreement import agreement
from annotator.quality.queries.recount import from_counts, from_votes
from tests.cast import Cast, make_cast
from tests.factories import (
    make_project,
)
from tests.flow.aside_world import GROUNDS, World, claimed, label_as
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


def test_the_answers_leave_every_figure_and_stay_as_evidence(world: World) -> None:
    evidence = sorted(Vote.objects.values_list("pk", "value"))
    row = world.make()
    assert (row.answers, row.units, row.items) == (14, 14, 7)
    assert SetAsideAnswer.objects.filter(set_aside=row).count() == 14
    theirs = Vote.objects.filter(annotation__person=row.person_id)
    assert set(theirs.values_list("counts", "population")) == {(False, "")}
    assert sorted(Vote.objects.values_list("pk", "value")) == evidence
    assert PatternDelta.objects.exists()
    assert from_counts(world.now) == from_votes(world.now)
    found = agreement(world.now, target="prompt")
    assert (found.n_votes, found.raters) == (14, 2)
    assert world.differences() == []


def test_seats_open_again_for_people_who_have_not_seen_the_item(world: World) -> None:
    row = world.make()
    again = [seat for seat in world.seats() if seat[0] != world.ids[7]]
    both = str({"prompt": ["safety"], "response": ["safety"]})
    response = str({"response": ["safety"]})
    kept = {world.ids[5]}  # the lead has ruled on its prompt
    assert again == [
        (item, "label", "first_pass", 1, response if item in kept else both)
        for item in world.ids[:7]
    ]
    run = PolicyRun.objects.get(set_aside=row)
    assert Assignment.objects.filter(opened_by_run=run.pk).count() == 7
    # a3 never gets one of them; somebody new does.
    seen = {claimed("p1-a3") for _ in range(5)}
    assert seen <= {world.ids[7], None}
    assert claimed("p1-b1") is not None


def test_units_are_decided_anew_and_what_a_lead_ruled_stays(world: World) -> None:
    before = world.standing()
    led = Ruling.objects.get(source="adjudicator")
    world.make()
    assert Ruling.objects.get(source="adjudicator", current=True).pk == led.pk
    now = world.standing()
    assert set(before) - set(now), "nothing was reopened"
    assert now == {(led.unit_id, led.question): before[led.unit_id, led.question]}
    run = PolicyRun.objects.get()
    assert Decision.objects.filter(current=False, ended_by=run).count() == len(before) - 1
    assert Ruling.objects.filter(current=False).count() == 12


def test_the_lead_is_not_asked_any_more_where_nothing_is_disputed_now(world: World) -> None:
    leads = Assignment.objects.filter(item=world.ids[6], kind="adjudicate")
    assert leads.get().state == "open"
    row = world.make()
    assert leads.get().state == "cancelled"
    world.lift(row)
    assert leads.get(state="open").asks == {"prompt": ["safety"]}


def test_a_digest_without_letters_is_a_digest(world: World) -> None:
    row, digits = world.make(), "7296113443658667"
    SetAside.objects.filter(pk=row.pk).update(digest=digits)
    event = Event.objects.get(verb="set_aside.made")
    Event.objects.filter(pk=event.pk).update(data={**event.data, "digest": digits})
    assert world.differences() == []


def test_nothing_that_came_meanwhile_is_dropped(world: World) -> None:
    row = world.make()
    label_as("p1-b1", 4)
    extra = Vote.objects.filter(annotation__person__username="p1-b1")
    n = extra.filter(counts=True).count()
    assert n >= 4
    world.lift(row)
    assert extra.filter(counts=True).count() == n
    assert world.differences() == []
    ours = Assignment.objects.filter(opened_by_run=PolicyRun.objects.earliest("pk").pk)
    assert set(ours.values_list("state", flat=True)) == {"done", "cancelled"}


def test_the_overlap_is_reached_again(world: World) -> None:
    world.make()
    label_as("p1-b1", 8)
    assert world.states()[:3] == ["settled"] * 3
    seats = Assignment.objects.filter(item__in=world.ids[:3], state="done")
    assert seats.filter(round=1).count() == 12
    found = agreement(world.now, target="response")
    assert found.n_votes == 3 * 7 + 1
    assert world.differences() == []


def test_answers_given_later_count_and_a_correction_stays_aside(world: World) -> None:
    row = world.make()
    who = actor_by_username("p1-a3")
    back = labeling.undo(who, "p1")
    assert back is not None
    verdicts = {t.key: {"safety": "safe"} for t in back.targets if t.asked}
    submit(who, back.assignment, lease=back.lease, key="again", submission=Submission(verdicts))
    corrected = Vote.objects.filter(annotation__person=row.person_id, annotation__latest=True)
    assert not corrected.filter(counts=True).exists()
    label_as("p1-a3", 1)
    assert corrected.filter(counts=True).count() == 2
    assert world.differences() == []


def test_only_what_the_answers_concern_is_decided_again(world: World) -> None:
    """A policy that came without a re-decision is not slipped in for the rest of an item."""
    catalog.set_policy(project_id=world.project.id, name="low_agreement", options={})
    before = set(Decision.objects.filter(current=True).values_list("pk", flat=True))
    world.make(category="threat")
    after = set(Decision.objects.filter(current=True).values_list("pk", flat=True))
    assert Decision.objects.filter(pk__in=before - after).get().unit.target == "prompt"
    assert after < before


def test_two_that_overlap_are_lifted_one_by_one(world: World) -> None:
    was = world.all()
    part = world.make(batch="1")
    whole = world.make()
    both = world.all()
    seats = Assignment.objects.filter(opened_by_run__isnull=False)
    assert seats.count() == 7, "no item gets a second seat for the same answers"
    world.lift(part)
    now = world.all()
    assert (now[0], now[2:]) == (both[0], both[2:])
    assert now[1] == both[1], "answers that are aside still have their seat"
    world.lift(whole)
    assert world.all() == was
    with pytest.raises(Conflict, match="lifted already"):
        world.lift(whole)


def test_a_run_is_stopped_and_resumed_and_verify_knows(world: World) -> None:
    class StopAfter:
        def step(self, done: int, total: int | None) -> None:
            raise Stopped

    wanted = wanted_of(world.now, world.choice())
    run = asides.begin(world.now, wanted, GROUNDS)
    with pytest.raises(Stopped):
        asides.carry_on(run.pk, batch=3, progress=StopAfter())
    assert world.differences() == []
    with pytest.raises(Conflict, match="not finished"):
        asides.begin(world.now, wanted, GROUNDS)
    with pytest.raises(Conflict, match="not finished"):
        asides.begin_lifting(world.now, SetAside.objects.get().public_id)
    with pytest.raises(Conflict, match="not finished"):
        redecide.begin(world.now, wish(world.now, "low_agreement", {}))
    counts = asides.carry_on(run.pk)
    assert counts["items"] == 7
    rows = Decision.objects.count(), Assignment.objects.count()
    asides.carry_on(run.pk)
    PolicyRun.objects.filter(pk=run.pk).update(state="running", cursor=0)
    asides.carry_on(run.pk)
    assert (Decision.objects.count(), Assignment.objects.count()) == rows
    assert world.differences() == []


def test_the_jobs_do_it_and_tell(world: World) -> None:
    cast: Cast = make_cast(world.project.id, make_project("p2", people=0).id)
    manager = cast.manager.actor
    seen = asides.look(manager, "p1", world.choice()).covered.digest
    asides.start(manager, "p1", world.choice(), GROUNDS, seen=seen)
    with pytest.raises(Conflict):
        asides.start(manager, "p1", world.choice("p1-a1"), GROUNDS, seen=None)
    assert jobs.run_waiting(WORK) == 1
    job = Job.objects.get(kind="set_aside")
    assert (job.state, job.done, job.total) == ("done", 7, 7)
    row = SetAside.objects.get()
    asides.lift(manager, "p1", row.public_id)
    assert jobs.run_waiting(WORK) == 1
    verbs = Event.objects.filter(subject=f"set_aside:{row.pk}").values_list("verb", "actor", "data")
    by_verb = {verb: (actor, data) for verb, actor, data in verbs}
    assert set(by_verb) == {"set_aside.made", "set_aside.lifted", "set_aside.decided_again"}
    assert by_verb["set_aside.made"][0] == manager.id
    assert by_verb["set_aside.made"][1]["answers"] == 14
    assert GROUNDS.reason not in str(by_verb)
    for who in (cast.ann1, cast.adjudicator):
        with pytest.raises(NotAllowed):
            asides.look(who.actor, "p1", world.choice())
        with pytest.raises(NotAllowed):
            asides.start(who.actor, "p1", world.choice(), GROUNDS, seen=None)
        with pytest.raises(NotAllowed):
            asides.lift(who.actor, "p1", row.public_id)


def test_rolling_a_policy_back_does_not_bring_set_aside_answers_back(world: World) -> None:
    run = redecide.begin(world.now, wish(world.now, "majority", {"max_votes": 5}))
    redecide.carry_on(run)
    world.make()
    was = {key: row[0] for key, row in world.standing().items()}
    redecide.begin_rolling_back(world.now, run)
    redecide.carry_back(run)
    assert {key: row[0] for key, row in world.standing().items()} == was
    assert world.differences() == []


def test_verify_finds_what_was_altered(world: World) -> None:
    row = world.make()
    theirs = Vote.objects.filter(annotation__person=row.person_id).earliest("pk")
    Vote.objects.filter(pk=theirs.pk).update(counts=True, population="first_pass")
    SetAsideAnswer.objects.filter(unit=world.unit(world.ids[1])).delete()
    Event.objects.filter(verb="set_aside.made").update(data={"digest": "another"})
    details = verify(world.now).document()["details"]
    assert isinstance(details, list)
    kinds = {detail["kind"] for detail in details}
    assert kinds >= {"vote_counts", "vote_population", "pattern_count", "set_aside", "event"}
