"""Applying a policy over decisions, and rolling it back: superseded, never edited; verify clean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from django.db.models import Model
from pytest_django import DjangoDbBlocker

from annotator.audit.models import Event
from annotator.catalog.queries import ProjectView, project_by_slug
from annotator.core.errors import Conflict
from annotator.flow import jobs, redecide
from annotator.flow.jobs import Stopped
from annotator.flow.labeling import Submission, claim, submit
from annotator.flow.models import Job
from annotator.flow.tasks import WORK
from annotator.flow.verify import verify
from annotator.flow.whatif import what_if, wish
from annotator.intake.models import Item
from annotator.labeling import services as labeling
from annotator.labeling.models import Annotation, Assignment
from annotator.labeling.services import NewSeat
from annotator.quality.models import Decision, PolicyRun, Ruling
from jury.verdict import Answer
from tests.cast import Cast, make_cast
from tests.factories import add_votes, adjudicate, make_items, make_project, settle_all
from tests.standing import standing

pytestmark = pytest.mark.django_db

STRICT: dict[str, object] = {"min_share": 1.0, "max_votes": 7}
HARM = Answer("unsafe", ("violence",))


class World:
    """Twelve items under plain majority: unanimous, two to one, one with a lead, one open."""

    def __init__(self) -> None:
        self.project = make_project(policy={"name": "majority", "options": {"max_votes": 3}})
        rows = [
            {"id": f"i{n}", "prompt": f"Is soup {n} hot?", "response": "Wait a minute."}
            for n in range(12)
        ]
        self.ids = make_items(self.project, *rows)
        settle_all(self.project, self.ids[:5])
        for item in self.ids[5:9]:
            self.vote(item, "safe", "safe", HARM)
        self.vote(self.ids[9], "safe", HARM, "needs_caution")
        adjudicate(self.project, self.ids[9], {"prompt": HARM})
        self.vote(self.ids[10], "safe", HARM, "needs_caution")
        self.cast: Cast = make_cast(self.project.id, make_project("p2", people=0).id)

    def vote(self, item: int, *values: str | Answer) -> None:
        """Let people vote on the prompt; all call the response safe."""
        votes = {
            f"p1-a{n}": {"prompt": value, "response": "safe"}
            for n, value in enumerate(values, start=1)
        }
        add_votes(self.project, item, votes)

    @property
    def now(self) -> ProjectView:
        """The project as it is."""
        return project_by_slug("p1")

    def apply(self, options: Mapping[str, object] | None = None, name: str = "majority") -> int:
        """Apply a policy whole; return the run."""
        run = redecide.begin(self.now, wish(self.now, name, options or {}))
        redecide.carry_on(run)
        return run

    def roll_back(self, run: int) -> None:
        """Roll a run back whole."""
        redecide.begin_rolling_back(self.now, run)
        redecide.carry_back(run)

    def standing(self) -> dict[tuple[int, str], tuple[object, ...]]:
        """Return the decisions in force and their rulings, ids and moments left out."""
        rulings = {r.decision_id: r for r in Ruling.objects.filter(current=True)}
        found: dict[tuple[int, str], tuple[object, ...]] = {}
        for row in Decision.objects.filter(current=True):
            ruling = rulings.pop(row.pk, None)
            answer = (ruling.value, ruling.categories, ruling.source) if ruling else ()
            key = (row.unit_id, row.question)
            found[key] = (row.outcome, row.evidence_digest, row.policy_version_id, *answer)
        assert not rulings
        return found

    def states(self) -> list[str]:
        """Return the items' states."""
        return list(
            Item.objects.filter(project=self.project.id)
            .order_by("pk")
            .values_list("state", flat=True)
        )

    def seats(self) -> list[tuple[object, ...]]:
        """Return the seats that are still to be sat on."""
        rows = Assignment.objects.filter(item__in=self.ids, state="open")
        columns = rows.values_list("item_id", "kind", "reason", "asks")
        return sorted((item, kind, reason, str(asks)) for item, kind, reason, asks in columns)

    def differences(self) -> object:
        """Return what verify finds."""
        return verify(self.now).document()["details"]


@pytest.fixture(scope="module")
def standing_world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """The world that a module's tests share."""
    yield from standing(World, django_db_blocker)


@pytest.fixture
def world(standing_world: World, db: None) -> World:
    """Return the world as it was made."""
    return standing_world


def frozen(model: type[Model], *flags: str) -> dict[int, dict[str, object]]:
    """Return all rows of a table without the columns that tell which of them are in force."""
    rows = model._default_manager.values()  # noqa: SLF001 - Django documents it
    return {row["id"]: {k: v for k, v in row.items() if k not in flags} for row in rows}


def test_applying_does_what_the_figures_said(world: World) -> None:
    foretold = what_if(world.now, wish(world.now, "majority", STRICT))["totals"]
    assert isinstance(foretold, dict)
    run = PolicyRun.objects.get(pk=world.apply(STRICT))
    assert run.state == PolicyRun.State.DONE
    counts = {o: Decision.objects.filter(current=True, outcome=o).count() for o in foretold["then"]}
    assert {o: n for o, n in counts.items() if o != "waiting"} == {
        o: n for o, n in foretold["then"].items() if o != "waiting"
    }
    assert run.counts["seats_opened"] == 5
    assert world.now.policy.version == 2
    assert world.differences() == []


def test_what_was_decided_is_superseded_and_never_edited(world: World) -> None:
    before = frozen(Decision, "current", "ended_by_id"), frozen(Ruling, "current")
    votes = frozen(Annotation)
    world.apply(STRICT)
    after = frozen(Decision, "current", "ended_by_id"), frozen(Ruling, "current")
    for old, new in zip(before, after, strict=True):
        assert len(new) > len(old)
        assert {pk: new[pk] for pk in old} == old
    assert frozen(Annotation) == votes
    assert Event.objects.filter(verb="policy.applied").count() == 1
    assert Event.objects.filter(verb="policy.redecided").count() == 1


def test_a_run_never_reopens_what_a_lead_settled(world: World) -> None:
    unit = Ruling.objects.get(source="adjudicator", current=True)
    world.apply(STRICT)
    again = Ruling.objects.get(source="adjudicator", current=True)
    assert again.pk == unit.pk
    assert not Assignment.objects.filter(
        item=world.ids[9], state="open", kind="adjudicate"
    ).exists()


def test_rolling_back_restores_policy_decisions_and_seats(world: World) -> None:
    was = world.standing(), world.states(), world.seats()
    run = world.apply(STRICT)
    assert world.standing() != was[0]
    world.roll_back(run)
    assert (world.standing(), world.states(), world.seats()) == was
    assert world.now.policy.version == 1
    assert PolicyRun.objects.get(pk=run).state == PolicyRun.State.ROLLED_BACK
    restored = Decision.objects.filter(current=True, restores__isnull=False)
    assert restored.count() == Decision.objects.filter(ended_by=run).count() == 21
    assert world.differences() == []
    assert Event.objects.filter(verb="policy.rolled_back").count() == 1


def test_rolling_back_a_laxer_policy_gives_the_cancelled_seats_back(world: World) -> None:
    add_votes(world.project, world.ids[11], {"p1-a1": {"prompt": "safe", "response": "safe"}})
    was = world.standing(), world.states(), world.seats()
    run = world.apply({"cost": 0.5, "random_share": 0.0}, "panel")
    assert world.seats() != was[2]
    world.roll_back(run)
    assert (world.standing(), world.states(), world.seats()) == was
    assert world.differences() == []


@pytest.mark.parametrize("end", ["leased", "given back", "done"])
def test_once_somebody_had_one_of_its_seats_a_run_stays(world: World, end: str) -> None:
    run = world.apply(STRICT)
    seat = Assignment.objects.filter(opened_by_run=run).order_by("pk").first()
    assert seat is not None
    if end == "done":
        add_votes(world.now, seat.item_id, {"p1-a8": {"prompt": "safe"}})
    else:
        state, person = ("leased", world.cast.ann1.id) if end == "leased" else ("open", None)
        until = Annotation.objects.latest("created_at").created_at if person else None
        Assignment.objects.filter(pk=seat.pk).update(
            state=state, person=person, lease_until=until, holders=[world.cast.ann1.id]
        )
    was = world.standing(), world.seats()
    with pytest.raises(Conflict, match="somebody has, or had, one of its seats"):
        redecide.begin_rolling_back(world.now, run)
    assert (world.standing(), world.seats()) == was
    assert world.now.policy.version == 2


def test_votes_that_came_between_are_kept_when_rolled_back(world: World) -> None:
    seat = Assignment.objects.filter(item=world.ids[11], state="open").count()
    run = world.apply(STRICT)
    world.vote(world.ids[11], "safe", HARM, "safe")
    assert seat == 3
    world.roll_back(run)
    rows = Decision.objects.filter(current=True, unit__item=world.ids[11])
    assert set(rows.values_list("outcome", "policy_version__version")) == {("settled", 1)}
    assert world.differences() == []


def test_a_restored_ruling_still_rests_on_the_votes_of_its_own_time(world: World) -> None:
    """Later votes do not unsettle a unit; they must not do so by way of a roll-back either."""
    item = world.ids[5]
    first = Assignment.objects.filter(item=item).latest("number").number + 1
    labeling.open_seats(
        [
            NewSeat(world.project.id, item, first + n, "overlap", 1, {"prompt": ["safety"]})
            for n in range(3)
        ]
    )
    add_votes(world.project, item, {f"p1-b{n}": {"prompt": HARM} for n in range(3)})
    rulings = Ruling.objects.filter(current=True, unit__item=item, unit__target="prompt")
    assert rulings.get().value == "safe"
    run = world.apply({"max_votes": 9})
    assert rulings.get().value == "unsafe"
    assert world.differences() == []
    world.roll_back(run)
    assert rulings.get().value == "safe"
    assert world.differences() == []


def test_a_submit_that_read_the_old_policy_is_decided_by_the_new_one(world: World) -> None:
    """The view a request read before the policy changed must not decide after it."""
    stale = world.now
    world.apply(STRICT)
    add_votes(
        stale,
        world.ids[11],
        {
            f"p1-a{n}": {"prompt": v, "response": "safe"}
            for n, v in ((1, "safe"), (2, HARM), (3, "safe"))
        },
    )
    row = Decision.objects.get(current=True, unit__item=world.ids[11], unit__target="prompt")
    assert (row.outcome, row.policy_version.version) == ("reannotate", 2)
    assert world.differences() == []


class StopAfter:
    """Lets so many batches pass, then stops the work."""

    def __init__(self, batches: int) -> None:
        self.left = batches

    def step(self, done: int, total: int | None) -> None:
        self.left -= 1
        if not self.left:
            raise Stopped


def test_a_run_is_stopped_resumed_and_done_twice_without_a_trace(world: World) -> None:
    run = redecide.begin(world.now, wish(world.now, "majority", STRICT))
    with pytest.raises(Stopped):
        redecide.carry_on(run, progress=StopAfter(1), batch=4)
    assert PolicyRun.objects.get(pk=run).cursor == world.ids[3]
    assert world.differences() == []
    with pytest.raises(Conflict, match="not finished"):
        world.apply(name="low_agreement")
    counts = redecide.carry_on(run)
    assert counts["items"] == 12
    rows = Decision.objects.count()
    PolicyRun.objects.filter(pk=run).update(state="running", cursor=0)
    redecide.carry_on(run)
    assert Decision.objects.count() == rows
    assert world.differences() == []


def test_a_run_that_was_stopped_halfway_can_be_rolled_back(world: World) -> None:
    was = world.standing(), world.states(), world.seats()
    run = redecide.begin(world.now, wish(world.now, "majority", STRICT))
    with pytest.raises(Stopped):
        redecide.carry_on(run, progress=StopAfter(2), batch=4)
    world.roll_back(run)
    assert (world.standing(), world.states(), world.seats()) == was
    redecide.carry_back(run)
    assert world.standing() == was[0]
    with pytest.raises(Conflict, match="rolled back"):
        redecide.carry_on(run)
    assert world.differences() == []


def test_figures_about_another_version_are_refused(world: World) -> None:
    wanted = wish(world.now, "majority", STRICT)
    world.apply(name="low_agreement")
    with pytest.raises(Conflict, match="version 2 is in force"):
        redecide.begin(world.now, wanted, seen=1)
    with pytest.raises(Conflict, match="in force already"):
        redecide.begin(world.now, wish(world.now, "low_agreement", {}))


def test_only_the_policy_in_force_is_rolled_back(world: World) -> None:
    first = world.apply(STRICT)
    second = world.apply(name="low_agreement")
    with pytest.raises(Conflict, match="changed again"):
        redecide.begin_rolling_back(world.now, first)
    world.roll_back(second)
    assert world.now.policy.version == 2
    world.roll_back(first)
    assert world.now.policy.version == 1
    assert world.differences() == []


def test_the_jobs_do_it_and_tell(world: World) -> None:
    manager = world.cast.manager.actor
    redecide.start(manager, "p1", wish(world.now, "majority", STRICT), seen=1)
    assert jobs.run_waiting(WORK) == 1
    run = PolicyRun.objects.get()
    job = Job.objects.get(kind="redecide")
    assert (job.state, job.done, job.total) == ("done", 12, 12)
    assert job.result == run.counts
    redecide.roll_back(manager, "p1", run.pk)
    assert jobs.run_waiting(WORK) == 1
    assert Job.objects.get(kind="roll_back").state == "done"
    assert world.differences() == []


def test_a_person_labels_on_while_the_policy_changes_around_them(world: World) -> None:
    """Claimed before, submitted in the middle of the run and after its roll-back."""
    who = world.cast.ann1.actor
    item = claim(who, "p1")
    assert item is not None
    run = redecide.begin(world.now, wish(world.now, "majority", STRICT))
    redecide.carry_on(run)
    redecide.begin_rolling_back(world.now, run)
    verdicts = {t.key: {"safety": "safe"} for t in item.targets if t.asked}
    receipt = submit(
        who, item.assignment, lease=item.lease, key="k", submission=Submission(verdicts=verdicts)
    )
    assert receipt.created
    redecide.carry_back(run)
    assert Annotation.objects.filter(public_id=receipt.annotation).exists()
    assert world.differences() == []
