"""Confused categories as they are published, and by the library from the votes."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from annotator.catalog.queries import ProjectView
from annotator.flow.tasks import fold_counts
from annotator.flow.verify import verify
from annotator.flow.verify_confusion import confusion
from annotator.labeling.models import Vote
from annotator.quality.models import PatternCount
from annotator.quality.queries.categories import confusion_pairs
from jury.verdict import Answer
from tests.factories import add_opinions, add_votes, make_items, make_project
from tests.standing import standing

pytestmark = pytest.mark.django_db

SETS: tuple[tuple[str, ...], ...] = (
    ("violence",), ("threat",), ("threat", "violence"), ("fraud", "malware"), (),
)  # fmt: skip
PLANTED = (("threat",), ("violence",), ("violence",))


def _answer(chosen: tuple[str, ...]) -> Answer:
    return Answer("unsafe" if chosen else "safe", chosen)


def _make() -> ProjectView:
    """Two planted units and many drawn ones, some not folded yet; jurors of their own mind."""
    project = make_project(people=5, jurors=("j1",), policy={"name": "majority"})
    rng = random.Random(11)  # noqa: S311 - no secrets
    rows = ({"id": f"i{n}", "prompt": f"Text {n}", "response": "Yes"} for n in range(14))
    for number, item in enumerate(make_items(project, *rows)):
        if number == 9:
            fold_counts()
        drawn = [rng.choice(SETS) for _ in range(3)]
        prompts = PLANTED if number < 2 else drawn
        people = rng.sample(range(1, 6), 3)
        add_votes(
            project,
            item,
            {
                f"p1-a{person}": {"prompt": _answer(prompt), "response": _answer(response)}
                for person, prompt, response in zip(people, prompts, drawn, strict=True)
            },
        )
        add_opinions(project, item, {"j1": {"prompt": _answer(rng.choice(SETS[:4]))}})
    return project


@pytest.fixture(scope="module")
def standing_project(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[ProjectView]:
    """The project that the tests share."""
    yield from standing(_make, django_db_blocker)


@pytest.fixture
def project(standing_project: ProjectView, db: None) -> ProjectView:
    """Return the project as it was made."""
    return standing_project


def differences(project: ProjectView) -> dict[str, tuple[object, object]]:
    """Return what differs about confused categories, by name."""
    found = [each for each in verify(project).details if each.kind == "confusion"]
    return {each.id: (each.stored, each.computed) for each in found}


def test_nothing_differs_where_nothing_was_touched(project: ProjectView) -> None:
    seen = {target: confusion_pairs(project, target) for target in ("prompt", "response")}
    assert all(len(pairs) > 3 for pairs in seen.values())
    assert any(each.votes > each.units for pairs in seen.values() for each in pairs)
    assert verify(project).document()["details"] == []


def test_altered_counts_are_named_with_what_the_votes_give(project: ProjectView) -> None:
    fold_counts()
    (pair,) = (
        each
        for each in confusion_pairs(project, "prompt")
        if (each.first, each.second) == ("threat", "violence")
    )
    rows = PatternCount.objects.filter(
        target="prompt", population="first_pass", part="", pattern='["threat","violence"]'
    )
    rows.filter(level="confused").update(n=99)
    rows.filter(level="confused_units").update(n=1)
    name = "prompt:safety:first_pass:threat~violence"
    assert differences(project) == {name: ([1, 99], [pair.units, pair.votes])}
    rows.delete()
    assert differences(project) == {name: ([0, 0], [pair.units, pair.votes])}


def test_pairs_that_no_vote_gives_are_named(project: ProjectView) -> None:
    fold_counts()
    before = confusion_pairs(project, "response")
    Vote.objects.filter(unit__target="response").update(categories=["violence"], value="unsafe")
    assert differences(project) == {
        f"response:safety:first_pass:{each.first}~{each.second}": ([each.units, each.votes], [0, 0])
        for each in before
    }


def test_blocks_add_up() -> None:
    """Planted twice: one threat against two of violence, on two units two pairs each."""
    rng = random.Random(3)  # noqa: S311 - no secrets
    alike: Counter[tuple[str, ...]] = Counter({("threat", "violence", "violence"): 2})
    assert confusion(alike) == {("threat", "violence"): [2, 4]}
    names = ["|".join(chosen) for chosen in SETS if chosen]
    for _ in range(40):
        alike[tuple(sorted(rng.choice(names) for _ in range(rng.randint(2, 5))))] += 1
    whole = confusion(alike)
    assert len(whole) > 3
    assert confusion(alike, block=1) == confusion(alike, block=7) == whole
