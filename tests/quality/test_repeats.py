"""What people say when they are asked again, held against what they said first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F

from annotator.accounts.queries import actor_by_username
from annotator.catalog.queries import ProjectView
from annotator.flow import labeling
from annotator.flow.labeling import Submission
from annotator.flow.lines import SLIP
from annotator.labeling.models import Annotation, Vote
from annotator.quality.queries.repeats import Repeated, repeats
from jury.agreement.interval import Interval
from jury.agreement.statistic import ONE_VALUE
from tests.factories import Verdict, add_votes, make_items, make_project
from tests.repeats import ask_again

pytestmark = pytest.mark.django_db

FIRST, AGAIN = ("safe", "unsafe", "safe"), ("safe", "unsafe", "unsafe")


def prompts(project: ProjectView, *values: str) -> list[int]:
    """Return items about whose prompts the first person said so; two others said safe."""
    rows = ({"id": f"i{n}", "prompt": f"Text {n}", "response": "Yes"} for n in range(len(values)))
    items = make_items(project, *rows)
    for item, value in zip(items, values, strict=True):
        said = {"p1-a1": value, "p1-a2": "safe", "p1-a3": "safe"}
        add_votes(project, item, {name: {"prompt": each} for name, each in said.items()})
    return items


def ends(interval: Interval | None) -> list[float]:
    """Return the ends of an interval that is there."""
    assert interval is not None
    return [interval.low, interval.high]


def test_two_equal_answers_and_one_unequal() -> None:
    project = make_project(targets=["prompt"])
    for item, value in zip(prompts(project, *FIRST), AGAIN, strict=True):
        ask_again(project, item, "p1-a1", {"prompt": value})
    (row,) = repeats(project)
    found = row.found
    assert (row.name, row.question, found.repeated, found.answers) == ("p1-a1", "safety", 3, 6)
    assert found.agreement.value == pytest.approx(2 / 3)
    # Wilson, z² = 3.8415: (2/3 + z²/6) / (1 + z²/3) = .5731, and z √(2/27 + z²/36) / 2.2805 = .3654.
    assert ends(found.ci95["agreement"]) == pytest.approx([0.2077, 0.9385], abs=1e-4)
    # Of six answers three are safe, three unsafe. Observed: the one unit's two unequal ordered pairs of
    # six. By chance: 2 · 3 · 3 of 6 · 5 ordered pairs. 1 - (2/6) / (18/30).
    assert found.alpha.value == pytest.approx(4 / 9)
    # Of 27 draws of three units one is the unequal unit thrice: alpha 1 - 1 / (18/30), and more than
    # 2.5 % of those 25 where alpha is defined; in six of them both values occur and no unit is unequal.
    assert ends(found.ci95["alpha"]) == pytest.approx([-2 / 3, 1.0])


def test_who_always_says_the_same_has_agreement_and_no_alpha() -> None:
    project = make_project(targets=["prompt"])
    for item in prompts(project, "safe", "safe"):
        ask_again(project, item, "p1-a2", {"prompt": "safe"})
    (row,) = repeats(project)
    assert (row.name, row.found.agreement.value) == ("p1-a2", 1.0)
    assert (row.found.alpha.value, row.found.alpha.reason) == (None, ONE_VALUE)
    assert row.found.ci95["alpha"] is None
    # Two of two are no proof: 1 / (1 + z² / 2).
    assert ends(row.found.ci95["agreement"]) == pytest.approx([0.3424, 1.0], abs=1e-4)


def test_who_never_differs_has_an_alpha_of_one_and_no_interval_that_pretends_to_be_sure() -> None:
    project = make_project(targets=["prompt"])
    values = ("safe", "unsafe") * 3  # of six units, a draw of one value only is rare
    for item, value in zip(prompts(project, *values), values, strict=True):
        ask_again(project, item, "p1-a1", {"prompt": value})
    (row,) = repeats(project)
    assert (row.found.agreement.value, row.found.alpha.value) == (1.0, 1.0)
    assert row.found.ci95["alpha"] is None


def test_questions_are_kept_apart_and_targets_are_not() -> None:
    project = make_project(questions=["safety", "refusal"])
    (item,) = make_items(project, {"id": "i", "prompt": "Text", "response": "Yes"})
    first: dict[str, Verdict] = {
        "prompt": "safe",
        "response": {"safety": "safe", "refusal": "no"},
    }
    add_votes(project, item, {f"p1-a{n}": first for n in (1, 2, 3)})
    ask_again(
        project, item, "p1-a1",
        {"prompt": "unsafe", "response": {"safety": "safe", "refusal": "no"}},
    )  # fmt: skip
    safety, refusal = repeats(project)
    assert (safety.question, safety.found.repeated, safety.found.answers) == ("safety", 2, 4)
    # Three safe and one unsafe: observed 2/4, by chance 2 · 3 · 1 / (4 · 3). Beside two answers to
    # another question chance would be less, and alpha more: 1 - (2/6) / (2 · (3 + 6 + 2) / (6 · 5)).
    assert safety.found.alpha.value == pytest.approx(1 - (2 / 4) / (6 / 12))
    assert (refusal.question, refusal.found.repeated) == ("refusal", 1)
    assert (refusal.found.agreement.value, refusal.found.alpha.reason) == (1.0, ONE_VALUE)


def test_asked_twice_again_all_answers_are_compared() -> None:
    project = make_project(targets=["prompt"])
    (item,) = prompts(project, "safe")
    for value in ("safe", "unsafe"):
        ask_again(project, item, "p1-a1", {"prompt": value})
    (row,) = repeats(project)
    assert (row.found.repeated, row.found.answers) == (1, 3)
    assert row.found.agreement.value == pytest.approx(1 / 3)


def of(found: tuple[Repeated, ...]) -> list[tuple[str, float | None]]:
    """Return who agrees with themself how often."""
    return [(row.name, row.found.agreement.value) for row in found]


def test_only_what_a_person_said_blind_and_first_is_held_against_it() -> None:
    project = make_project(targets=["prompt"])
    one, other = prompts(project, "unsafe", "safe")
    ask_again(project, one, "p1-a1", {"prompt": "safe"})
    ask_again(project, other, "p1-a2", {"prompt": "safe"})
    assert of(repeats(project)) == [("p1-a1", 0.0), ("p1-a2", 1.0)]
    first = Vote.objects.filter(unit__item=one, annotation__person__username="p1-a1")
    first.exclude(population="repeat").update(population="after_reveal")
    assert of(repeats(project)) == [("p1-a2", 1.0)]


def test_a_correction_changes_nothing_about_what_was_said_first() -> None:
    project = make_project(targets=["prompt"])
    (item,) = make_items(project, {"id": "i", "prompt": "Text"})
    add_votes(project, item, {"p1-a1": {"prompt": "unsafe"}})
    Annotation.objects.update(created_at=F("created_at") - SLIP - timedelta(1))
    actor = actor_by_username("p1-a1")
    labeling.undo(actor, project.slug)
    held = labeling.claim(actor, project.slug)
    assert held is not None
    safe = Submission(verdicts={"prompt": {"safety": "safe"}})
    labeling.submit(actor, held.assignment, lease=held.lease, key="again", submission=safe)
    add_votes(project, item, {name: {"prompt": "safe"} for name in ("p1-a2", "p1-a3")})
    assert set(Vote.objects.values_list("population", flat=True)) == {"first_pass", "corrected"}
    ask_again(project, item, "p1-a1", {"prompt": "unsafe"})
    assert of(repeats(project)) == [("p1-a1", 1.0)]


def test_an_answer_that_enters_nothing_is_held_against_nothing() -> None:
    project = make_project(targets=["prompt"])
    (item,) = prompts(project, "unsafe")
    ask_again(project, item, "p1-a1", {"prompt": "unsafe"})
    assert of(repeats(project)) == [("p1-a1", 1.0)]
    Vote.objects.exclude(population="repeat").update(population="")  # set aside
    assert repeats(project) == ()


def test_nobody_was_asked_again() -> None:
    project = make_project(targets=["prompt"])
    prompts(project, "safe")
    assert repeats(project) == ()
