"""What was decided is judged by what was known then: votes, overlap, jury, policy."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from annotator.accounts.queries import actor_by_username
from annotator.audit.models import Event
from annotator.catalog.queries import project_by_slug
from annotator.core import dbtime
from annotator.flow import labeling
from annotator.flow.labeling import Submission
from annotator.flow.tasks import run_sweep
from annotator.flow.verify import verify
from annotator.intake.models import Item, Unit
from annotator.labeling.models import Annotation
from annotator.panel.models import Vote as JurorVote
from annotator.quality.models import Decision, Ruling
from jury.verdict import Answer
from tests.factories import JUROR, add_opinions, add_votes, make_item, make_project
from tests.flow.earlier import MINUTE, earlier
from tests.flow.projects import project as apply_project

pytestmark = pytest.mark.django_db

SAFE: Mapping[str, str] = {"prompt": "safe", "response": "safe"}
PEOPLE = ("a", "b", "c")
THREE = {"name": "majority", "options": {"max_votes": 3}}


def differences() -> object:
    return verify(project_by_slug("p1")).document()["details"]


def vote(username: str, value: str) -> None:
    """Let somebody answer the item that is offered to them, through the page's own door."""
    actor = actor_by_username(username)
    held = labeling.claim(actor, "p1", labeling.LABEL)
    assert held is not None
    verdict: dict[str, object] = {"safety": value}
    if value == "unsafe":
        verdict["categories"] = ["fraud"]
    submission = Submission(verdicts={"prompt": verdict, "response": {"safety": "safe"}})
    labeling.submit(
        actor, held.assignment, lease=held.lease, key=held.lease[:40], submission=submission
    )


def disputed() -> Decision:
    """Three who differ, a minute apart and as many as the policy asks: a lead's."""
    for number, value in enumerate(("safe", "needs_caution", "unsafe"), start=1):
        earlier(MINUTE)
        vote(f"p1-a{number}", value)
    return Decision.objects.get(current=True, unit__target="prompt")


def take_back(username: str) -> None:
    """Take an answer back, a minute after all that was, and let a minute pass."""
    earlier(MINUTE)
    assert labeling.undo(actor_by_username(username), "p1") is not None
    earlier(MINUTE)


def test_a_decision_stands_while_an_answer_it_rests_on_is_given_anew() -> None:
    make_item(make_project(policy=THREE))
    decision = disputed()
    assert decision.outcome == "adjudicate"
    take_back("p1-a3")
    assert Decision.objects.get(current=True, unit__target="prompt").pk == decision.pk
    assert differences() == []


def test_it_does_not_rest_on_what_was_taken_back_before() -> None:
    make_item(make_project(policy=THREE))
    vote("p1-a1", "safe")
    take_back("p1-a1")
    decision = disputed()
    assert decision.evidence["votes"] == {"safe": 1, "needs_caution": 1, "unsafe": 1}
    take_back("p1-a3")
    assert differences() == []


def test_a_decision_that_rests_on_no_votes_of_its_time_is_found() -> None:
    make_item(make_project(policy=THREE))
    decision = disputed()
    earlier(MINUTE)
    assert labeling.undo(actor_by_username("p1-a3"), "p1") is not None
    Decision.objects.filter(pk=decision.pk).update(created_at=decision.created_at - 2 * MINUTE)
    assert [(each.kind, each.computed) for each in verify(project_by_slug("p1")).details] == [
        ("decision", "reannotate")
    ]


def test_what_was_under_way_may_not_have_been_seen() -> None:
    """The time of an answer is before a decision's, but it was committed after it."""
    make_item(make_project(policy=THREE))
    decision = disputed()
    late = Annotation.objects.earliest("pk")
    earlier(MINUTE)
    assert labeling.undo(actor_by_username("p1-a1"), "p1") is not None
    gone = Annotation.objects.filter(pk=late.pk)
    decision.refresh_from_db()
    gone.update(withdrawn_at=decision.created_at - MINUTE / 20)
    assert differences() == []
    gone.update(withdrawn_at=decision.created_at - MINUTE / 2)
    assert [each.kind for each in verify(project_by_slug("p1")).details] == ["decision"]


@pytest.mark.parametrize("overlap", [2, 5])
def test_an_earlier_decision_is_judged_by_the_overlap_of_its_time(overlap: int) -> None:
    """With five asked, a version that allows three votes could not even be read."""
    policy = {"name": "majority", "options": {"max_votes": 3, "human_floor": 2}}
    project = make_project(policy=policy)
    settled, split = make_item(project, "i1"), make_item(project, "i2")
    add_votes(project, settled, dict.fromkeys(PEOPLE, SAFE))
    said: tuple[str | Answer, ...] = ("safe", "needs_caution", Answer("unsafe", ("fraud",)))
    votes = {who: {**SAFE, "prompt": each} for who, each in zip(PEOPLE, said, strict=True)}
    add_votes(project, split, votes)
    wider: Mapping[str, object] = {"max_votes": max(3, overlap), "human_floor": 2}
    make_project(policy={"name": "majority", "options": wider}, overlap=overlap)
    run_sweep()
    assert Ruling.objects.filter(unit__item=settled, current=True).count() == 2
    assert differences() == []


@pytest.mark.parametrize(("said", "outcome"), [("safe", "settled"), ("unsafe", "reannotate")])
def test_what_a_juror_said_was_known_though_it_is_another_now(said: str, outcome: str) -> None:
    """Another model is another juror: its votes count no more, what was decided by them stands."""

    def jury(model: str) -> None:
        root = {"juror": [{**JUROR, "model": model}], "policy": {"name": "jury_conflict"}}
        apply_project(root=root)

    jury("m1")
    project = project_by_slug("p1")
    item = make_item(project)
    earlier(MINUTE)
    add_opinions(project, item, {"j1": {"prompt": said, "response": "safe"}})
    add_votes(project, item, dict.fromkeys(PEOPLE, SAFE))
    earlier(MINUTE)
    jury("m2")
    assert Item.objects.filter(pk=item, due_at__lte=dbtime.now()).exists()
    run_sweep()
    assert not JurorVote.objects.filter(counts=True).exists()
    assert Decision.objects.get(current=True, unit__target="prompt").outcome == outcome
    assert differences() == []


def test_an_item_that_waits_for_the_jury_is_checked_too() -> None:
    project = make_project(jurors=("j1",), policy={"name": "jury_conflict"})
    add_votes(project, item := make_item(project), dict.fromkeys(PEOPLE, SAFE))
    assert Item.objects.filter(pk=item, due_at__isnull=False).exists()
    assert verify(project_by_slug("p1")).checked["units"] == 2
    assert differences() == []
    Unit.objects.filter(item=item, target="prompt").update(state="settled")
    assert {each.kind for each in verify(project_by_slug("p1")).details} == {
        "unit_state",
        "state_count",
    }


def test_evidence_that_was_altered_is_found() -> None:
    make_item(make_project(policy=THREE))
    decision = disputed()
    evidence = {**decision.evidence, "overlap": 2}
    Decision.objects.filter(pk=decision.pk).update(evidence=evidence)
    assert {each.kind for each in verify(project_by_slug("p1")).details} == {"digest"}


@pytest.mark.parametrize("verb", ["annotation.submitted", "annotation.withdrawn"])
def test_an_answer_whose_event_is_gone_is_found(verb: str) -> None:
    make_item(make_project(policy=THREE))
    disputed()
    assert labeling.undo(actor_by_username("p1-a3"), "p1") is not None
    assert differences() == []
    Event.objects.filter(pk=Event.objects.filter(verb=verb).latest("pk").pk).delete()
    (found,) = verify(project_by_slug("p1")).details
    assert found.kind == "event"


def test_a_withdrawal_that_only_an_event_tells_of_is_found() -> None:
    make_item(make_project(policy=THREE))
    disputed()
    annotation = Annotation.objects.latest("pk")
    Event.objects.create(
        verb="annotation.withdrawn",
        subject=f"annotation:{annotation.pk}",
        project=Item.objects.get(pk=annotation.item_id).project_id,
    )
    (found,) = verify(project_by_slug("p1")).details
    assert (found.kind, found.stored, found.computed) == ("event", False, True)
