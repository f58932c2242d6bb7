"""Answers set aside and back: they stay as evidence, leave figures and rulings, seats re-open."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from django.db.models import F

from annotator.accounts.queries import Actor, actor_by_username
from annotator.audit.models import Event
from annotator.catalog import services as catalog
from annotator.catalog.models import Membership
from annotator.catalog.queries import ProjectView, project_by_slug
from annotator.core.errors import Conflict, Invalid, NotAllowed
from annotator.flow import asides, jobs, labeling, redecide
from annotator.flow.aside_preview import Preview, preview
from annotator.flow.aside_wish import Choice, grounds_of, wanted_of
from annotator.flow.jobs import Stopped
from annotator.flow.labeling import Submission, claim, submit
from annotator.flow.models import Job
from annotator.flow.steps import advance
from annotator.flow.tasks import WORK, fold_counts
from annotator.flow.verify import verify
from annotator.flow.voices import jurors_on, people_on
from annotator.flow.whatif import wish
from annotator.intake.models import Item, Unit
from annotator.labeling.models import Annotation, Assignment, Vote
from annotator.panel.models import Vote as JurorVote
from annotator.quality.models import (
    Decision,
    PatternDelta,
    PolicyRun,
    Ruling,
    SetAside,
    SetAsideAnswer,
)
from annotator.quality.queries.agreement import agreement
from annotator.quality.queries.aside_views import set_asides
from annotator.quality.queries.population import guest
from annotator.quality.queries.recount import from_counts, from_votes
from jury.verdict import Answer
from tests.cast import Cast, make_cast
from tests.factories import (
    add_member,
    add_opinions,
    add_votes,
    adjudicate,
    make_items,
    make_project,
    settle_all,
)

pytestmark = pytest.mark.django_db

HARM = Answer("unsafe", ("violence",))
THREAT = Answer("unsafe", ("threat",))
GROUNDS = grounds_of("unreliable", "Clicked through without reading.")


class World:
    """Eight items: settled by all, two to one with and against a3, ruled by and with a lead, open.

    With more than three votes those without a majority are asked again instead.
    """

    def __init__(self, **options: object) -> None:
        policy = {"name": "majority", "options": {"max_votes": 3, **options}}
        self.project = make_project(policy=policy, jurors=("j1",))
        rows = [
            {"id": f"i{n}", "prompt": f"Is soup {n} hot?", "response": "Wait a minute."}
            for n in range(8)
        ]
        self.ids = make_items(self.project, *rows[:4]) + make_items(self.project, *rows[4:])
        settle_all(self.project, self.ids[:3])
        self.vote(self.ids[3], "safe", "safe", HARM)
        self.vote(self.ids[4], "safe", HARM, HARM)
        self.vote(self.ids[5], "safe", "needs_caution", HARM)
        if not options:
            adjudicate(self.project, self.ids[5], {"prompt": HARM})
        self.vote(self.ids[6], "safe", "needs_caution", THREAT)
        add_member(self.project, "p1-b1")
        fold_counts()

    def vote(self, item: int, *values: str | Answer) -> None:
        """Let a1, a2, a3 vote on the prompt; all call the response safe."""
        votes = {
            f"p1-a{n}": {"prompt": value, "response": "safe"}
            for n, value in enumerate(values, start=1)
        }
        add_votes(self.project, item, votes)

    @property
    def now(self) -> ProjectView:
        """The project as it is."""
        return project_by_slug("p1")

    def choice(self, username: str = "p1-a3", **more: str) -> Choice:
        """Return the answers of somebody."""
        row = Membership.objects.get(project=self.project.id, person__username=username)
        return Choice(person=row.pseudonym, **more)

    def look(self, username: str = "p1-a3", **more: str) -> Preview:
        """Preview a set-aside."""
        return preview(self.now, wanted_of(self.now, self.choice(username, **more)))

    def make(self, username: str = "p1-a3", **more: str) -> SetAside:
        """Set the answers of somebody aside, whole."""
        wanted = wanted_of(self.now, self.choice(username, **more))
        run = asides.begin(self.now, wanted, GROUNDS)
        asides.carry_on(run.pk, batch=3)
        return SetAside.objects.latest("pk")

    def lift(self, row: SetAside) -> None:
        """Lift one, whole."""
        run = asides.begin_lifting(self.now, row.public_id)
        asides.carry_on(run.pk, batch=3)

    def standing(self) -> dict[tuple[int, str], tuple[object, ...]]:
        """Return the decisions in force and their rulings, ids and moments left out."""
        rulings = {r.decision_id: r for r in Ruling.objects.filter(current=True)}
        found: dict[tuple[int, str], tuple[object, ...]] = {}
        for row in Decision.objects.filter(current=True):
            ruling = rulings.pop(row.pk, None)
            answer = (ruling.value, ruling.categories, ruling.source) if ruling else ()
            found[row.unit_id, row.question] = (row.outcome, row.evidence_digest, *answer)
        assert not rulings
        return found

    def seats(self) -> list[tuple[object, ...]]:
        """Return the seats that are still to be sat on."""
        rows = Assignment.objects.filter(item__in=self.ids, state="open")
        columns = rows.values_list("item_id", "kind", "reason", "round", "asks")
        return sorted((*row[:-1], str(row[-1])) for row in columns)

    def states(self) -> list[str]:
        """Return the items' states."""
        rows = Item.objects.filter(project=self.project.id).order_by("pk")
        return list(rows.values_list("state", flat=True))

    def all(self) -> tuple[object, ...]:
        """Return everything that a set-aside may change and its lifting brings back."""
        marks = sorted(Vote.objects.values_list("pk", "counts", "population"))
        figures = from_counts(self.now)
        return self.standing(), self.seats(), self.states(), marks, figures

    def unit(self, item: int) -> int:
        """Return the unit of an item's prompt."""
        return Unit.objects.get(item=item, target="prompt").pk

    def differences(self) -> object:
        """Return what verify finds."""
        return verify(self.now).document()["details"]


@pytest.fixture
def world() -> World:
    return World()


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
    seen = {_claimed("p1-a3") for _ in range(5)}
    assert seen <= {world.ids[7], None}
    assert _claimed("p1-b1") is not None


def _claimed(username: str) -> int | None:
    held = claim(_actor(username), "p1")
    return Item.objects.get(public_id=held.public_id).pk if held else None


def _actor(username: str) -> Actor:
    return actor_by_username(username)


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


@pytest.mark.parametrize("options", [{}, {"max_votes": 5}])
def test_lifting_brings_everything_back_exactly(options: dict[str, object]) -> None:
    world = World(**options)
    was = world.all()
    row = world.make()
    assert world.all() != was
    world.lift(row)
    assert world.all() == was
    fold_counts()
    assert from_counts(world.now) == from_votes(world.now)
    assert world.differences() == []
    again = world.make()
    world.lift(again)
    assert world.all() == was


def test_nothing_that_came_meanwhile_is_dropped(world: World) -> None:
    row = world.make()
    _label("p1-b1", 4)
    extra = Vote.objects.filter(annotation__person__username="p1-b1")
    n = extra.filter(counts=True).count()
    assert n >= 4
    world.lift(row)
    assert extra.filter(counts=True).count() == n
    assert world.differences() == []
    ours = Assignment.objects.filter(opened_by_run=PolicyRun.objects.earliest("pk").pk)
    assert set(ours.values_list("state", flat=True)) == {"done", "cancelled"}


def _label(username: str, n: int, value: str = "safe") -> None:
    who = _actor(username)
    for number in range(n):
        held = claim(who, "p1")
        assert held is not None
        verdicts = {t.key: {"safety": value} for t in held.targets if t.asked}
        submission = Submission(verdicts=verdicts)
        submit(
            who, held.assignment, lease=held.lease, key=f"{username}{number}", submission=submission
        )


def test_the_overlap_is_reached_again(world: World) -> None:
    world.make()
    _label("p1-b1", 8)
    assert world.states()[:3] == ["settled"] * 3
    seats = Assignment.objects.filter(item__in=world.ids[:3], state="done")
    assert seats.filter(round=1).count() == 12
    found = agreement(world.now, target="response")
    assert found.n_votes == 3 * 7 + 1
    assert world.differences() == []


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


def test_a_preview_tells_rulings_that_change_from_those_that_stay() -> None:
    """Five votes where three were asked: without one the others still decide, differently or not."""
    world = World(max_votes=5)
    for item, sixth in ((world.ids[0], "safe"), (world.ids[4], "safe")):
        _late(world, item, {"p1-c1": "safe", "p1-c2": sixth})
    seen = world.look()
    assert seen.effect is not None
    standing = world.standing()
    world.make()
    now = world.standing()
    same = sum(1 for key, row in now.items() if len(row) > 2 and row[2] == standing[key][2])
    changed = sum(
        1
        for key, row in now.items()
        if len(row) > 2 and len(standing[key]) > 2 and row[2] != standing[key][2]
    )
    by_lead = seen.effect.by_lead
    assert (seen.effect.same + by_lead, seen.effect.changed) == (same, changed)
    assert seen.effect.same
    assert seen.effect.changed == 1


def _late(world: World, item: int, votes: Mapping[str, str]) -> None:
    """Open seats beyond the overlap and let people answer on them."""
    first = Assignment.objects.filter(item=item).order_by("number").first()
    assert first is not None
    for number, (name, value) in enumerate(votes.items(), start=10):
        Assignment.objects.create(
            project_id=first.project_id,
            item_id=item,
            number=number,
            reason="first_pass",
            asks=first.asks,
            ring=number,
        )
        both = {"prompt": value, "response": "safe"}
        add_votes(world.project, item, {name: both}, move_on=False)
    advance(world.now, [item])


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


def test_answers_given_later_count_and_a_correction_stays_aside(world: World) -> None:
    row = world.make()
    who = _actor("p1-a3")
    back = labeling.undo(who, "p1")
    assert back is not None
    verdicts = {t.key: {"safety": "safe"} for t in back.targets if t.asked}
    submit(who, back.assignment, lease=back.lease, key="again", submission=Submission(verdicts))
    corrected = Vote.objects.filter(annotation__person=row.person_id, annotation__latest=True)
    assert not corrected.filter(counts=True).exists()
    _label("p1-a3", 1)
    assert corrected.filter(counts=True).count() == 2
    assert world.differences() == []


def test_the_world_moved_since_the_preview(world: World) -> None:
    seen = world.look().covered.digest
    wanted = wanted_of(world.now, world.choice())
    _label("p1-a3", 1)
    with pytest.raises(Conflict, match="16 answers on 8 items now"):
        asides.begin(world.now, wanted, GROUNDS, seen=seen)
    assert not SetAside.objects.exists()
    asides.begin(world.now, wanted, GROUNDS, seen=world.look().covered.digest)


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


def test_a_juror_version_is_set_aside_and_back() -> None:
    project = make_project(policy={"name": "jury_conflict"}, jurors=("j1", "j2"), people=4)
    (item,) = make_items(project, {"id": "i1", "prompt": "Is soup hot?", "response": "Wait."})
    for name, value in (("j1", "unsafe"), ("j2", "unsafe")):
        add_opinions(project, item, {name: {"prompt": value, "response": "safe"}})
    settle_all(project, [item])
    fold_counts()
    asked = Decision.objects.get(unit__target="prompt", current=True)
    assert asked.outcome == "reannotate"
    was = sorted(JurorVote.objects.values_list("pk", "counts"))
    for name in ("j1", "j2"):
        wanted = wanted_of(project, Choice(juror=name))
        run = asides.begin(project, wanted, GROUNDS)
        asides.carry_on(run.pk)
    assert not JurorVote.objects.filter(counts=True).exists()
    assert from_counts(project) == from_votes(project)
    settled = Decision.objects.get(unit__target="prompt", current=True)
    assert settled.outcome == "settled"
    assert not Assignment.objects.filter(state="open").exists()
    assert verify(project).document()["details"] == []
    for row in SetAside.objects.all():
        asides.carry_on(asides.begin_lifting(project, row.public_id).pk)
    assert sorted(JurorVote.objects.values_list("pk", "counts")) == was
    again = Decision.objects.get(unit__target="prompt", current=True)
    assert (again.outcome, again.evidence_digest) == (asked.outcome, asked.evidence_digest)
    assert verify(project).document()["details"] == []


def test_rolling_a_policy_back_does_not_bring_set_aside_answers_back(world: World) -> None:
    run = redecide.begin(world.now, wish(world.now, "majority", {"max_votes": 5}))
    redecide.carry_on(run)
    world.make()
    was = {key: row[0] for key, row in world.standing().items()}
    redecide.begin_rolling_back(world.now, run)
    redecide.carry_back(run)
    assert {key: row[0] for key, row in world.standing().items()} == was
    assert world.differences() == []


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


def test_annotators_never_see_it(world: World) -> None:
    who = _actor("p1-a3")
    before = labeling.tally(who, "p1")
    world.make()
    assert labeling.tally(who, "p1") == before
    held = claim(who, "p1")
    assert held is not None
    assert "aside" not in repr(held).lower()
