"""A release leaves out what is set aside, and its card says so without a name."""

from __future__ import annotations

import json

import pytest

from annotator.catalog.models import Membership
from annotator.catalog.queries import ProjectView
from annotator.core.errors import Conflict
from annotator.flow import asides
from annotator.flow.aside_wish import Choice, grounds_of, wanted_of
from annotator.flow.releases import freeze
from annotator.quality.models import SetAside
from annotator.release.queries import ReleaseView
from annotator.release.standing import gates
from annotator.release.writers.shapes import read_rows
from tests.factories import add_opinions, make_items, make_project, settle_all

pytestmark = pytest.mark.django_db

REASON = "Clicked through without reading."


@pytest.fixture
def project() -> ProjectView:
    """Two items that four people and a juror judged alike."""
    project = make_project(people=4, jurors=("j1",), overlap=4)
    items = make_items(
        project, *({"id": f"i{n}", "prompt": f"Is tea {n} hot?", "response": "Yes"} for n in (1, 2))
    )
    for item in items:
        add_opinions(project, item, {"j1": {"prompt": "safe", "response": "safe"}})
    settle_all(project, items)
    return project


def put_aside(project: ProjectView, choice: Choice) -> SetAside:
    wanted = wanted_of(project, choice)
    run = asides.begin(project, wanted, grounds_of("unreliable", REASON))
    asides.carry_on(run.pk)
    return SetAside.objects.latest("pk")


def frozen(project: ProjectView) -> ReleaseView:
    shut = [gate.name for gate in gates(project) if not gate.passed]
    return freeze(project.id, actor=None, overrides=dict.fromkeys(shut, "Seats are open again."))


def card(release: ReleaseView) -> tuple[dict[str, object], str]:
    text = (release.folder / "datacard.json").read_text(encoding="utf-8")
    return json.loads(text), (release.folder / "datacard.md").read_text(encoding="utf-8")


def test_votes_that_are_set_aside_are_left_out_and_named(project: ProjectView) -> None:
    member = Membership.objects.get(project=project.id, person__username="p1-a4")
    whole = frozen(project)
    person = put_aside(project, Choice(person=member.pseudonym, batch="1"))
    put_aside(project, Choice(juror="j1", category=""))
    found = frozen(project)
    votes = list(read_rows(found.folder / "votes.jsonl"))
    assert {row["rater"] for row in votes if row["kind"] == "juror"} == set()
    assert member.pseudonym not in {row["rater"] for row in votes}
    assert found.counts["votes_set_aside"] == 8
    assert found.counts["votes_human"] == 12
    document, text = card(found)
    common = {"from": None, "until": None, "category": None, "code": "unreliable", "answers": 4}
    assert document["set_aside"] == [
        {"rater": member.pseudonym, "kind": "human", "version": None, "import": 1, **common},
        {"rater": "j1", "kind": "juror", "version": 1, "import": None, **common},
    ]
    assert f"| {member.pseudonym} | import 1 | 4 | unreliable |" in text
    assert "| j1, version 1 | all | 4 | unreliable |" in text
    everything = text + json.dumps(document)
    assert "p1-a4" not in everything
    assert REASON not in everything
    assert person.public_id not in everything

    for row in SetAside.objects.all():
        asides.carry_on(asides.begin_lifting(project, row.public_id).pk)
    again = freeze(project.id, actor=None, overrides={})
    assert "Set aside" not in card(again)[1]
    assert again.sha256 == whole.sha256, "the same evidence gives the same bytes"


def test_nothing_is_frozen_half(project: ProjectView) -> None:
    wanted = wanted_of(project, Choice(juror="j1"))
    asides.begin(project, wanted, grounds_of("unreliable", REASON))
    with pytest.raises(Conflict, match="not finished"):
        freeze(project.id, actor=None, overrides={})
