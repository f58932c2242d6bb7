"""Set-asides in worlds of their own: other policies, and jurors set aside."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from annotator.flow import asides
from annotator.flow.aside_wish import Choice, wanted_of
from annotator.flow.steps import advance
from annotator.flow.tasks import fold_counts
from annotator.flow.verify import verify
from annotator.labeling.models import Assignment
from annotator.panel.models import Vote as JurorVote
from annotator.quality.models import (
    Decision,
    SetAside,
)
from annotator.quality.queries.recount import from_counts, from_votes
from tests.factories import (
    add_opinions,
    add_votes,
    make_items,
    make_project,
    settle_all,
)
from tests.flow.aside_world import GROUNDS, World

pytestmark = pytest.mark.django_db


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
