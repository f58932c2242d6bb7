"""A project under the panel whose votes are worth a fit."""

from __future__ import annotations

from collections.abc import Mapping

from annotator.catalog.queries import ProjectView, project_by_slug
from annotator.flow import refits
from tests.factories import add_opinions, add_votes, make_items, make_project

PANEL: Mapping[str, object] = {
    "name": "panel",
    "options": {"random_share": 0.0, "cost": 0.05, "human_floor": 1},
}
UNITS = refits.LEAST_UNITS + 2


def a_project(units: int = UNITS) -> ProjectView:
    """Return a project under the panel in which a juror is right about every unit with votes."""
    project = make_project(policy=PANEL, jurors=("j1",), targets=["prompt"], overlap=1, people=0)
    rows = [{"id": f"i{n}", "prompt": f"Is tea number {n} sweet?"} for n in range(units)]
    for number, item in enumerate(make_items(project, *rows)):
        said = "unsafe" if number % 4 == 0 else "safe"
        add_votes(project, item, {f"p{number % 3}": {"prompt": said}}, move_on=False)
        add_opinions(project, item, {"j1": {"prompt": said}})
    return project_by_slug("p1")
