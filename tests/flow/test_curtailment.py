"""First votes that cannot change the outcome are not waited for: seats, votes, populations, undo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from annotator.accounts.queries import actor_by_username
from annotator.catalog.queries import ProjectView, project_by_slug
from annotator.flow import labeling
from annotator.flow.redecide import begin, carry_on
from annotator.flow.verify import verify
from annotator.flow.whatif import what_if, wish
from annotator.intake.models import Item
from annotator.labeling.models import Assignment, Vote
from annotator.quality.models import Decision, Ruling
from annotator.quality.queries.agreement import agreement
from tests.factories import add_votes, make_item, make_items, make_project
from tests.flow.hands import answers, expire, label, person

pytestmark = pytest.mark.django_db

NEVER: Mapping[str, object] = {"curtail": True, "random_share": 0.0}
ALWAYS: Mapping[str, object] = {"curtail": True, "random_share": 1.0}


def a_project(
    options: Mapping[str, object] = NEVER, targets: Sequence[str] = ("prompt",)
) -> ProjectView:
    policy = {"name": "majority", "options": options}
    return make_project(policy=policy, people=0, targets=list(targets))


def seats() -> list[str]:
    return sorted(Assignment.objects.values_list("state", flat=True))


def lines(**where: object) -> list[str]:
    found = Vote.objects.filter(**where).order_by("pk")
    return list(found.values_list("population", flat=True))


def differences(slug: str = "p1") -> object:
    return verify(project_by_slug(slug)).document()["differences"]


def test_two_of_three_who_agree_settle_and_the_third_seat_is_cancelled() -> None:
    project = a_project()
    make_item(project, response=None)
    for name in ("a", "b"):
        assert not Ruling.objects.exists()
        label(person(project, name), project, "safe")
    assert seats() == ["cancelled", "done", "done"]
    assert Item.objects.get().state == Item.State.SETTLED
    decision = Decision.objects.get(current=True)
    assert decision.reasons == ["outcome_fixed"]
    assert decision.words.endswith("The one answer still to come could not change that.")
    assert Ruling.objects.get().value == "safe"
    assert labeling.claim(person(project, "c"), project.slug) is None
    assert lines() == ["adaptive", "adaptive"]
    assert agreement(project, target="prompt").n_votes == 0
    assert differences() == 0


@pytest.mark.parametrize("said", ["safe", "unsafe"])
def test_who_has_the_third_seat_already_may_finish_and_the_vote_counts(said: str) -> None:
    project = a_project()
    make_item(project, response=None)
    late = person(project, "late")
    held = labeling.claim(late, project.slug)
    assert held is not None
    for name in ("a", "b"):
        label(person(project, name), project, "safe")
    assert seats() == ["done", "done", "leased"]
    before = Ruling.objects.get()
    labeling.submit(
        late,
        held.assignment,
        lease=held.lease,
        key="late",
        submission=answers(held, said, *["violence"][: said == "unsafe"]),
    )
    assert seats() == ["done"] * 3
    vote = Vote.objects.get(annotation__person=late.id)
    assert (vote.counts, vote.population) == (True, "adaptive")
    assert list(Ruling.objects.all()) == [before]
    assert Item.objects.get().state == Item.State.SETTLED
    assert differences() == 0


def test_a_third_seat_that_comes_back_is_offered_to_nobody() -> None:
    project = a_project()
    item = make_item(project, response=None)
    held = labeling.claim(person(project, "late"), project.slug)
    assert held is not None
    for name in ("a", "b"):
        label(person(project, name), project, "safe")
    expire(held)
    add_votes(project, item, {})
    assert seats() == ["cancelled", "done", "done"]


def test_an_item_drawn_at_random_waits_for_all() -> None:
    project = a_project(ALWAYS)
    make_item(project, response=None)
    for name in ("a", "b"):
        label(person(project, name), project, "safe")
    assert seats() == ["done", "done", "open"]
    assert not Ruling.objects.exists()
    label(person(project, "c"), project, "safe")
    assert Ruling.objects.get().value == "safe"
    assert lines() == ["first_pass"] * 3
    assert agreement(project, target="prompt").n_votes == 3
    assert differences() == 0


def test_the_headline_is_of_the_items_drawn_at_random_alone() -> None:
    project = a_project({"curtail": True, "random_share": 0.5})
    items = make_items(project, *({"id": f"i{n}", "prompt": f"Text {n}"} for n in range(12)))
    for item in items:
        add_votes(project, item, {f"a{n}": {"prompt": "safe"} for n in (1, 2)})
        if Assignment.objects.filter(item=item, state="open").exists():
            add_votes(project, item, {"a3": {"prompt": "safe"}})
    found = sorted(tuple(lines(annotation__item=item)) for item in items)
    assert set(found) == {("adaptive",) * 2, ("first_pass",) * 3}
    assert agreement(project, target="prompt").n_votes == 3 * found.count(("first_pass",) * 3)
    assert differences() == 0


def test_undo_of_one_of_two_asks_again_and_a_dissent_asks_one_more() -> None:
    project = a_project()
    make_item(project, response=None)
    first, second = person(project, "a"), person(project, "b")
    for who in (first, second):
        label(who, project, "safe")
    back = labeling.undo(second, project.slug)
    assert back is not None
    assert seats() == ["cancelled", "done", "leased"]
    assert Item.objects.get().state == Item.State.IN_WORK
    assert not Ruling.objects.filter(current=True).exists()
    assert differences() == 0

    labeling.submit(
        second,
        back.assignment,
        lease=back.lease,
        key="again",
        submission=answers(back, "unsafe", "violence"),
    )
    assert seats() == ["cancelled", "done", "done", "open"]
    assert Item.objects.get().state == Item.State.LABEL_AGAIN
    assert Decision.objects.get(current=True).reasons == ["below_floor"]
    assert differences() == 0

    label(person(project, "c"), project, "safe")
    assert Ruling.objects.get(current=True).value == "safe"
    assert lines() == ["adaptive", "", "adaptive", "reannotation"]
    assert differences() == 0


def test_a_seat_taken_back_by_undo_serves_somebody_else() -> None:
    project = a_project()
    item = make_item(project, response=None)
    for name in ("a", "b"):
        label(person(project, name), project, "safe")
    back = labeling.undo(actor_by_username("b"), project.slug)
    assert back is not None
    expire(back)
    add_votes(project, item, {})
    assert seats() == ["cancelled", "done", "open"]
    label(person(project, "c"), project, "safe")
    assert Ruling.objects.get(current=True).value == "safe"
    assert seats() == ["cancelled", "done", "done"]
    assert differences() == 0


def test_a_seat_stays_while_anything_it_asks_can_matter() -> None:
    project = a_project(targets=["prompt", "response"])
    item = make_item(project)
    split = {"a": "safe", "b": "unsafe"}
    add_votes(project, item, {n: {"prompt": "safe", "response": v} for n, v in split.items()})
    assert [ruling.unit.target for ruling in Ruling.objects.all()] == ["prompt"]
    assert seats() == ["done", "done", "open"]
    add_votes(project, item, {"c": {"prompt": "unsafe", "response": "unsafe"}})
    rulings = Ruling.objects.filter(current=True).order_by("unit__position")
    assert [ruling.value for ruling in rulings] == ["safe", "unsafe"]
    assert Vote.objects.filter(counts=True).count() == 6
    assert differences() == 0


@pytest.mark.parametrize(
    ("part", "line"),
    [
        ({"target": "response", "options": NEVER}, "adaptive"),
        ({"target": "response", "options": ALWAYS}, "first_pass"),
        ({"target": "response", "name": "panel", "options": {"random_share": 0.0}}, "adaptive"),
    ],
)
def test_where_a_part_decides_its_word_holds_for_the_headline_there(
    part: Mapping[str, object], line: str
) -> None:
    policy = {"name": "majority", "for": [part]}
    project = make_project(policy=policy, people=0)
    item = make_item(project)
    both = {"prompt": "safe", "response": "safe"}
    add_votes(project, item, {"a": both, "b": both})
    assert lines(unit__target="prompt") == ["first_pass"] * 2
    assert lines(unit__target="response") == [line] * 2
    settled = [ruling.unit.target for ruling in Ruling.objects.all()]
    assert settled == ["response"][: line == "adaptive"]
    assert seats() == ["done", "done", "open"]
    assert differences() == 0


def test_switched_on_later_it_settles_what_waits_and_says_so_before() -> None:
    project = a_project({})
    items = make_items(project, *({"id": f"i{n}", "prompt": f"Text {n}"} for n in range(4)))
    for item, other in zip(items, ("safe", "safe", "unsafe", "safe"), strict=True):
        add_votes(project, item, {"a": {"prompt": "safe"}, "b": {"prompt": other}})
    wanted = wish(project, "majority", NEVER)
    totals = what_if(project, wanted)["totals"]
    assert isinstance(totals, dict)
    assert totals["then"] == {"settled": 3, "reannotate": 0, "adjudicate": 0, "waiting": 1}
    carry_on(begin(project, wanted))
    assert Ruling.objects.filter(current=True).count() == 3
    assert seats().count("cancelled") == 3
    assert set(lines()) == {"adaptive"}
    assert differences() == 0

    project = project_by_slug("p1")
    off = wish(project, "majority", {"curtail": False})
    assert (off.options["human_floor"], "random_share" in off.options) == (3, False)
    carry_on(begin(project, off))
    assert set(lines()) == {"first_pass"}
    assert differences() == 0
