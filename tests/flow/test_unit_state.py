"""A unit's derived state follows its decisions, wherever they come from and go."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps

from annotator.accounts.queries import actor_by_username
from annotator.catalog import services as catalog
from annotator.catalog.queries import ProjectView, project_by_slug
from annotator.flow import labeling, overview
from annotator.flow.labeling import Submission
from annotator.flow.occasion import Occasion
from annotator.flow.standing import unit_state
from annotator.flow.steps import advance
from annotator.flow.verify import verify
from annotator.intake.models import Unit
from tests.factories import add_member, add_votes, adjudicate, make_item, make_project

pytestmark = pytest.mark.django_db


def states(item: int) -> dict[str, str]:
    return dict(Unit.objects.filter(item=item).values_list("target", "state"))


def nothing_differs(project: ProjectView) -> bool:
    return verify(project).document()["details"] == []


@pytest.mark.parametrize(
    ("standing", "state"),
    [
        ([], ""),
        (["waiting", "reannotate"], "open"),
        (["settled", "adjudicate", "reannotate"], "reannotate"),
        (["settled", "adjudicate"], "adjudicate"),
        (["settled", "settled"], "settled"),
    ],
)
def test_the_least_finished_question_names_the_state(standing: list[str], state: str) -> None:
    assert unit_state(standing) == state


def test_from_import_to_adjudication_and_back() -> None:
    """Claim: import, votes, a dispute, its ruling and what comes later each leave it right."""
    project = make_project(policy={"name": "low_agreement"})
    item = make_item(project)
    assert states(item) == {"prompt": "open", "response": "open"}
    seen = []
    said = ("safe", "unsafe", "safe", "unsafe", "safe")
    for number, value in enumerate(said, start=1):
        add_votes(
            project,
            item,
            {f"p1-a{number}": {"prompt": value, "response": "safe"}}
            if states(item)["response"] != "settled"
            else {f"p1-a{number}": {"prompt": value}},
        )
        seen.append(states(item)["prompt"])
        assert nothing_differs(project)
    assert (seen[0], seen[2], seen[-1]) == ("open", "reannotate", "adjudicate")
    assert states(item)["response"] == "settled"
    adjudicate(project, item, {"prompt": "unsafe"})
    assert states(item) == {"prompt": "settled", "response": "settled"}
    assert nothing_differs(project)


def test_a_withdrawal_takes_the_state_back() -> None:
    project = make_project(overlap=1, policy={"name": "majority", "options": {"human_floor": 1}})
    item = make_item(project)
    add_member(project, "ann")
    ann = actor_by_username("ann")
    held = labeling.claim(ann, "p1")
    assert held is not None
    labeling.submit(
        ann,
        held.assignment,
        lease=held.lease,
        key="k",
        submission=Submission(
            verdicts={"prompt": {"safety": "safe"}, "response": {"safety": "safe"}}
        ),
    )
    assert set(states(item).values()) == {"settled"}
    assert labeling.undo(ann, "p1") is not None
    assert set(states(item).values()) == {"open"}
    assert nothing_differs(project)


def asked_of(item: int) -> list[tuple[int, str]]:
    return [(pk, "safety") for pk in Unit.objects.filter(item=item).values_list("pk", flat=True)]


def test_another_policy_decides_again() -> None:
    """Claim: an explicit re-decision under a stricter policy moves the states with it."""
    rule = {"name": "majority", "options": {"human_floor": 2}}
    project = make_project(overlap=2, policy=rule)
    item = make_item(project)
    verdicts = {"prompt": "safe", "response": "safe"}
    add_votes(project, item, {f"p1-a{n}": verdicts for n in (1, 2)})
    assert set(states(item).values()) == {"settled"}
    catalog.set_policy(
        project_id=project.id, name="majority", options={"human_floor": 3}, actor=None
    )
    advance(project_by_slug("p1"), [item])
    assert set(states(item).values()) == {"settled"}
    advance(project_by_slug("p1"), [item], Occasion(withdrawn=frozenset(asked_of(item))))
    assert set(states(item).values()) == {"reannotate"}
    assert nothing_differs(project_by_slug("p1"))


def test_the_migration_fills_what_advance_would_have_written() -> None:
    """Claim: states and projects of old rows are computed as flow.advance computes them."""
    project = make_project(policy={"name": "majority"})
    other = make_project("p2")
    settled, disputed, new = (make_item(project, f"i{n}") for n in range(3))
    verdicts = {"prompt": "safe", "response": "safe"}
    add_votes(project, settled, {f"p1-a{n}": verdicts for n in (1, 2, 3)})
    for number, value in enumerate(("safe", "needs_caution", "unsafe"), start=1):
        add_votes(project, disputed, {f"p1-a{number}": {"prompt": value, "response": "safe"}})
    make_item(other)
    before = list(Unit.objects.order_by("pk").values_list("pk", "project", "state"))
    assert {state for _, _, state in before} > {"open", "settled"}
    Unit.objects.update(state="open", project=other.id)
    import_module("annotator.intake.migrations.0003_fill_unit_state").fill(apps, None)
    assert list(Unit.objects.order_by("pk").values_list("pk", "project", "state")) == before
    assert set(states(new).values()) == {"open"}


def test_lists_by_state_and_pages_leave_nothing_out() -> None:
    """Claim: pages of one unit each, of all states together, come in the order of import."""
    project = make_project()
    items = [make_item(project, f"i{n}") for n in range(3)]
    verdicts = {"prompt": "safe", "response": "safe"}
    add_votes(project, items[1], {f"p1-a{n}": verdicts for n in (1, 2, 3)})
    add_member(project, "boss", "manager")
    boss = actor_by_username("boss")
    found: list[str] = []
    while True:
        page = overview.unit_list(boss, "p1", after=found[-1] if found else "", limit=1)
        found += [row.id for row in page.rows]
        if page.following is None:
            break
    rows = Unit.objects.order_by("pk").values_list("item__public_id", "target")
    assert found == [f"{item}:{target}" for item, target in rows]
    assert len(overview.unit_list(boss, "p1", state="settled").rows) == 2
