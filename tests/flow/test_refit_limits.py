"""Where no fit of the panel is proposed, and targets whose policy is another."""

from __future__ import annotations

import pytest

from annotator.core.errors import Invalid
from annotator.flow import refits
from annotator.flow.facts import policy_of
from annotator.flow.verify import verify
from annotator.quality.models import Decision
from jury.policy.parts import ByPart, part_of
from tests.factories import add_votes, make_items, make_project
from tests.flow.refit_world import a_project

pytestmark = pytest.mark.django_db


def test_few_votes_or_no_panel_propose_nothing() -> None:
    project = a_project(units=4)
    assert refits.propose_fits(project) == ()
    plain = make_project("p3")
    assert refits.propose_fits(plain) == ()
    with pytest.raises(Invalid, match="Only the panel policy"):
        refits.require_panel(plain)


def test_parts_decide_their_target_in_the_app_too() -> None:
    strict = {"target": "response", "name": "low_agreement", "options": {"min_share": 1.0}}
    project = make_project(policy={"name": "majority", "for": [strict]})
    assert isinstance(policy_of(project), ByPart)
    (item,) = make_items(project, {"id": "i", "prompt": "Is it noon?", "response": "Yes."})
    add_votes(
        project,
        item,
        {
            f"p1-a{n}": {"prompt": v, "response": v}
            for n, v in ((1, "safe"), (2, "safe"), (3, "unsafe"))
        },
    )
    rows = Decision.objects.filter(current=True).values_list("unit__target", "outcome")
    assert dict(rows) == {"prompt": "settled", "response": "reannotate"}
    assert verify(project).document()["differences"] == 0
    assert part_of(policy_of(project), "response", "safety").name == "low_agreement"
