"""Whose agreement a vote enters: the headline is first-pass, blind, as first submitted, fixed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F

from annotator.accounts.queries import actor_by_username
from annotator.catalog.queries import ProjectView, project_by_slug
from annotator.flow import labeling
from annotator.flow.facts import policy_of
from annotator.flow.labeling import Submission
from annotator.flow.lines import SLIP
from annotator.flow.occasion import Occasion
from annotator.flow.projects import apply
from annotator.flow.steps import advance
from annotator.labeling.models import Annotation, Assignment, Vote
from annotator.labeling.services import answered
from annotator.quality.queries.agreement import agreement
from annotator.quality.queries.population import Population
from jury.policy.headline import fixed_votes
from tests.factories import add_votes, make_item, make_items, make_project

pytestmark = pytest.mark.django_db


def lines(**where: object) -> list[str]:
    found = Vote.objects.filter(**where).order_by("pk")
    return list(found.values_list("population", flat=True))


def label(project: ProjectView, username: str, value: str, key: str) -> int:
    """Claim and submit as a person does; return the annotation's id."""
    actor = actor_by_username(username)
    held = labeling.claim(actor, project.slug)
    assert held is not None
    verdict = {"safety": value, "categories": ["violence"] if value == "unsafe" else []}
    labeling.submit(
        actor,
        held.assignment,
        lease=held.lease,
        key=key,
        submission=Submission(verdicts={"prompt": verdict}),
    )
    return Annotation.objects.latest("pk").pk


def test_an_undo_at_once_is_a_slip_and_the_redone_vote_is_the_first() -> None:
    project = make_project(targets=["prompt"])
    make_item(project, response=None)
    label(project, "p1-a1", "unsafe", "k1")
    assert lines() == ["first_pass"]
    labeling.undo(actor_by_username("p1-a1"), project.slug)
    assert lines() == [""]
    label(project, "p1-a1", "safe", "k2")
    assert lines() == ["", "first_pass"]
    assert agreement(project, target="prompt").prevalence == {"safe": 1.0}


def test_a_late_correction_leaves_the_first_vote_in_the_headline() -> None:
    project = make_project(targets=["prompt"])
    make_item(project, response=None)
    first = label(project, "p1-a1", "unsafe", "k1")
    Annotation.objects.filter(pk=first).update(created_at=F("created_at") - SLIP - timedelta(1))
    labeling.undo(actor_by_username("p1-a1"), project.slug)
    assert lines() == ["first_pass"]
    label(project, "p1-a1", "safe", "k2")
    assert lines() == ["first_pass", "corrected"]
    assert agreement(project, target="prompt").prevalence == {"unsafe": 1.0}
    assert agreement(project, target="prompt", population="corrected").prevalence == {"safe": 1.0}
    assert agreement(project, target="prompt", population="all").prevalence == {"safe": 1.0}


def test_a_vote_taken_back_after_somebody_answered_because_of_it_stays_first() -> None:
    project = make_project(targets=["prompt"], overlap=2, policy={"name": "majority"})
    item = make_item(project, response=None)
    label(project, "p1-a1", "safe", "k1")
    second = label(project, "p1-a2", "unsafe", "k2")
    assert Assignment.objects.filter(reason="reannotation").count() == 1
    label(project, "p1-a3", "unsafe", "k3")
    # A seat opened by the dispute was answered: what opened it cannot be a slip any more.
    Annotation.objects.filter(pk=second).update(withdrawn_at=F("created_at") + SLIP, latest=False)
    seat = Annotation.objects.get(pk=second).assignment_id
    Assignment.objects.filter(pk=seat).update(state="leased", lease_until=F("ended_at"))
    advance(project, [item], Occasion(withdrawn=answered(second)))
    assert lines() == ["first_pass", "first_pass", "reannotation"]


@pytest.mark.parametrize(
    ("reason", "population"),
    [
        ("gold", "gold"),
        ("audit", "audit"),
        ("training", "training"),
        ("repeat", "repeat"),
        ("calibration", "calibration"),
        ("reannotation", "reannotation"),
        ("overlap", "first_pass"),
        ("adjudication", ""),
    ],
)
def test_every_kind_of_seat_has_its_line(reason: str, population: Population) -> None:
    project = make_project(targets=["prompt"])
    item = make_item(project, response=None)
    Assignment.objects.filter(number=1).update(reason=reason)
    add_votes(project, item, {"p1-a1": {"prompt": "safe"}})
    assert lines() == [population]
    if population:
        assert agreement(project, target="prompt", population=population).n_votes == 1
    if population != "first_pass":
        assert agreement(project, target="prompt").n_votes == 0


def test_what_was_said_after_the_reveal_is_apart() -> None:
    project = make_project(targets=["prompt"])
    item = make_item(project, response=None)
    add_votes(project, item, {"p1-a1": {"prompt": "safe"}})
    Annotation.objects.update(phase="after_reveal")
    advance(project, [item])
    assert lines() == ["after_reveal"]
    assert not Vote.objects.get().counts


def test_under_the_adaptive_panel_only_random_items_are_the_headline() -> None:
    panel = {"name": "panel", "options": {"random_share": 0.5, "random_votes": 2}}
    project = make_project(targets=["prompt"], overlap=3, policy=panel)
    items = make_items(project, *({"id": f"i{n}", "prompt": f"Text {n}"} for n in range(12)))
    policy = policy_of(project)
    fixed = {item: fixed_votes(policy, item) for item in items}
    assert set(fixed.values()) == {0, 2}
    for item in items:
        for number in (1, 2, 3):
            if Assignment.objects.filter(item=item, state="open", kind="label").exists():
                add_votes(project, item, {f"p1-a{number}": {"prompt": "safe"}}, move_on=False)
        advance(project, [item])
    for item in items:
        many = fixed[item] or 0
        expected = ["first_pass"] * many + ["adaptive"] * (3 - many)
        assert lines(annotation__item=item) == expected


def test_another_policy_moves_votes_to_other_lines() -> None:
    project = make_project(targets=["prompt"])
    item = make_item(project, response=None)
    add_votes(project, item, {f"p1-a{n}": {"prompt": "safe"} for n in (1, 2, 3)})
    assert lines() == ["first_pass"] * 3
    head = {"slug": "p1", "name": "P1", "taxonomy": "aegis2@2.0", "targets": ["prompt"]}
    options = {"random_share": 0.0}
    apply(
        {
            "contract": 1,
            "project": {**head, "questions": ["safety"]},
            "policy": {"name": "panel", "options": options},
        }
    )
    advance(project_by_slug("p1"), [item])
    assert lines() == ["adaptive"] * 3
    assert agreement(project_by_slug("p1"), target="prompt").n_votes == 0
