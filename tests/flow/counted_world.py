"""A project with counts behind its agreement."""

from __future__ import annotations

from annotator.catalog.queries import ProjectView
from jury.verdict import Answer
from tests.factories import add_opinions, add_votes, make_items, make_project

MANIPULATION = Answer("unsafe", ("manipulation", "threat"))
FRAUD = Answer("unsafe", ("fraud",))


def a_project() -> ProjectView:
    """Six items with votes, some with opinions."""
    found = make_project(targets=["prompt"], jurors=("j1",))
    rows = ({"id": f"i{n}", "prompt": f"Text {n}"} for n in range(6))
    for number, item in enumerate(make_items(found, *rows)):
        other = (FRAUD, "safe", "needs_caution")[number % 3]
        votes = {"p1-a1": "safe", "p1-a2": other, "p1-a3": MANIPULATION if number % 2 else "safe"}
        add_votes(found, item, {name: {"prompt": value} for name, value in votes.items()})
        add_opinions(found, item, {"j1": {"prompt": other}})
    return found
