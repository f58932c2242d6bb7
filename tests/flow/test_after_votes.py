"""What votes move: labeled again, a lead's decision, and undo."""

from __future__ import annotations

import pytest

from annotator.catalog.queries import project_by_slug
from annotator.catalog.services import set_policy
from annotator.flow import labeling, steps
from annotator.flow.labeling import Submission
from annotator.intake.models import Item
from annotator.labeling.models import Annotation, Assignment, Vote
from annotator.quality.models import Decision, Ruling
from tests.factories import make_item, make_project
from tests.flow.hands import a_project, answers, label, person

pytestmark = pytest.mark.django_db


def test_a_split_is_labeled_again_by_a_new_person_and_only_where_unsettled() -> None:
    project = a_project(items=1)
    people = [person(project, f"p{number}") for number in range(4)]
    first, *others = ("safe", "unsafe", "needs_caution")
    for who, response in zip(people, (first, *others), strict=False):
        item = labeling.claim(who, project.slug)
        assert item is not None
        verdict = {"safety": response}
        if response == "unsafe":
            verdict["categories"] = ["violence"]  # type: ignore[assignment]
        labeling.submit(
            who,
            item.assignment,
            lease=item.lease,
            key=f"k{who.id}",
            submission=Submission(verdicts={"prompt": {"safety": "safe"}, "response": verdict}),
        )
    seat = Assignment.objects.get(state=Assignment.State.OPEN)
    assert seat.reason == Assignment.Reason.REANNOTATION
    assert seat.asks == {"response": ["safety"]}
    assert seat.round == 2
    for who in people[:3]:
        assert labeling.claim(who, project.slug) is None
    again = labeling.claim(people[3], project.slug)
    assert again is not None
    assert {t.key: t.asked for t in again.targets} == {"prompt": False, "response": True}
    settled = Ruling.objects.get(current=True)
    assert (settled.unit.target, settled.value) == ("prompt", "safe")
    assert Item.objects.get().state == Item.State.LABEL_AGAIN


def test_after_the_last_vote_a_lead_decides_and_advance_is_idempotent() -> None:
    project = a_project(items=1, options={"max_votes": 3})
    for number, safety in enumerate(("safe", "unsafe", "needs_caution")):
        label(person(project, f"p{number}"), project, safety, *["violence"][: safety == "unsafe"])
    lead = person(project, "lead", "adjudicator")
    assert Item.objects.get().state == Item.State.WITH_LEAD
    before = Decision.objects.count(), Assignment.objects.count()
    ids = list(Item.objects.values_list("pk", flat=True))
    for _ in range(2):
        steps.advance(project_by_slug(project.slug), ids)
    assert (Decision.objects.count(), Assignment.objects.count()) == before
    item = labeling.claim(lead, project.slug, "adjudicate")
    assert item is not None
    labeling.submit(
        lead,
        item.assignment,
        lease=item.lease,
        key="k",
        submission=Submission(
            verdicts={t.key: {"safety": "safe"} for t in item.targets if t.asked},
            reason="unclear",
            contested=True,
        ),
    )
    rulings = Ruling.objects.filter(current=True)
    assert {(r.source, r.contested, r.value) for r in rulings} == {("adjudicator", True, "safe")}
    assert Item.objects.get().state == Item.State.SETTLED


def test_who_labeled_an_item_never_adjudicates_it() -> None:
    project = a_project(items=1, options={"max_votes": 3})
    lead = person(project, "lead", "adjudicator")
    label(lead, project, "safe")
    for number, safety in enumerate(("unsafe", "needs_caution")):
        label(person(project, f"p{number}"), project, safety, *["violence"][: safety == "unsafe"])
    assert Item.objects.get().state == Item.State.WITH_LEAD
    assert labeling.claim(lead, project.slug, "adjudicate") is None


def test_undo_withdraws_reopens_and_a_new_answer_supersedes() -> None:
    project = a_project(items=1)
    people = [person(project, f"p{number}") for number in range(3)]
    for who in people:
        label(who, project, "safe")
    assert Item.objects.get().state == Item.State.SETTLED
    back = labeling.undo(people[2], project.slug)
    assert back is not None
    assert back.draft["verdicts"]["prompt"]["safety"] == "safe"  # type: ignore[index]
    assert Item.objects.get().state == Item.State.IN_WORK
    assert not Ruling.objects.filter(current=True).exists()
    assert Ruling.objects.exists()
    labeling.submit(
        people[2],
        back.assignment,
        lease=back.lease,
        key="again",
        submission=answers(back, "unsafe", "violence"),
    )
    revisions = Annotation.objects.filter(person=people[2].id).order_by("revision")
    assert [(a.revision, a.latest) for a in revisions] == [(1, False), (2, True)]
    assert Vote.objects.filter(counts=True).count() == 6
    assert set(Ruling.objects.filter(current=True).values_list("value", flat=True)) == {"safe"}


def test_undo_decides_again_only_what_the_answer_spoke_of() -> None:
    """A unit that was settled under an earlier policy stays: the withdrawn seat never asked it."""
    project = a_project(items=1)
    people = [person(project, f"p{number}") for number in range(4)]
    for who, response in zip(people, ("safe", "unsafe", "needs_caution"), strict=False):
        item = labeling.claim(who, project.slug)
        assert item is not None
        verdict = {"safety": response, "categories": ["violence"][: response == "unsafe"]}
        labeling.submit(
            who,
            item.assignment,
            lease=item.lease,
            key=f"k{who.id}",
            submission=Submission(verdicts={"prompt": {"safety": "safe"}, "response": verdict}),
        )
    before = Ruling.objects.get(current=True, unit__target="prompt")
    set_policy(project_id=project.id, name="majority", options={"human_floor": 5})
    label(people[3], project, "safe")
    assert labeling.undo(people[3], project.slug) is not None
    assert list(Ruling.objects.filter(current=True)) == [before]


def test_undo_decides_again_what_was_derived_from_the_answer() -> None:
    project = make_project(targets=["dialogue"], policy={"name": "aegis2"}, people=0)
    make_item(project)
    people = [person(project, f"p{number}") for number in range(3)]
    for who in people:
        label(who, project, "safe")
    rulings = Ruling.objects.filter(current=True)
    assert {"human_majority", "inherited"} <= set(rulings.values_list("source", flat=True))
    assert labeling.undo(people[2], project.slug) is not None
    assert not rulings.all().exists()


@pytest.mark.parametrize(
    ("flag", "source"),
    [
        pytest.param(True, "refusal_data_augmentation", id="the value"),
        pytest.param("true", "refusal_data_augmentation", id="the word"),
        (" TRUE ", "refusal_data_augmentation"),
        (False, ""),
        ("no", ""),
        (None, ""),
    ],
)
def test_a_response_made_for_refusal_augmentation_is_told_by_its_metadata(
    flag: object, source: str
) -> None:
    """A CSV knows texts only: the word does as well as the value."""
    project = make_project(targets=["dialogue"], policy={"name": "aegis2"}, people=0)
    item = make_item(project, metadata={"refusal_augmented": flag})
    for number in range(3):
        label(person(project, f"p{number}"), project, "unsafe", "violence")
    found = Ruling.objects.filter(current=True, unit__item=item, unit__target="response")
    assert [row.source for row in found] == [source][: bool(source)]
