"""A small house for page tests: a project with a dispute, its cast, and browsers of theirs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.test import Client

from annotator.accounts.models import Person
from annotator.catalog.models import Project
from annotator.catalog.queries import ProjectView
from annotator.intake.models import Item
from jury.verdict import Answer
from tests.cast import Cast, Player, make_cast
from tests.factories import add_opinions, add_votes, make_items, make_project

CANARY = "CANARY"
FRAUD = Answer("unsafe", ("fraud",))


@dataclass(frozen=True, slots=True)
class House:
    """The project under test and everybody in it."""

    project: ProjectView
    cast: Cast
    open_items: tuple[int, ...]
    disputed: int
    settled: int
    sessions: Mapping[str, str] = field(default_factory=dict)
    """Each part's session: signed in once, in as many browsers as are asked for."""

    def public_id(self, item: int) -> str:
        """Return an item's public id."""
        return Item.objects.values_list("public_id", flat=True).get(pk=item)

    def becomes_the_sample(self) -> None:
        """Let the project be the sample that every new installation has."""
        Project.objects.filter(pk=self.project.id).update(is_sample=True)

    def client(self, part: str, *, csrf: bool = False) -> Client:
        """Return a browser in which one of the cast is signed in; "" for a stranger."""
        browser = Client(enforce_csrf_checks=csrf)
        if part:
            browser.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[part]
        return browser

    def elsewhere(self, part: str) -> Client:
        """Return a browser in which one of the cast has signed in for themselves."""
        return signed_in(self.cast.players()[part])


def make_house() -> House:
    """Return a project with three open items, one dispute and one settled item."""
    project = make_project("p1", jurors=("CANARYjuror",), name="Pilot")
    elsewhere = make_project("p2", people=0)
    cast = make_cast(project.id, elsewhere.id)
    rows = [
        {"id": f"i{n}", "prompt": f"How long do I boil egg {n}?", "response": "Seven minutes."}
        for n in range(1, 6)
    ]
    ids = make_items(project, *rows)
    first: dict[str, str | Answer] = {"p1-a1": "safe", "p1-a2": FRAUD, "p1-a3": "needs_caution"}
    add_votes(
        project,
        ids[3],
        {name: {"prompt": value, "response": "safe"} for name, value in first.items()},
    )
    for name in ("p1-a4", "p1-a5"):
        value: str | Answer = FRAUD if name == "p1-a4" else "safe"
        add_votes(project, ids[3], {name: {"prompt": value}})
    add_opinions(project, ids[3], {"CANARYjuror": {"prompt": FRAUD, "response": "safe"}})
    everybody = {f"p1-a{n}": {"prompt": "safe", "response": "safe"} for n in (1, 2, 3)}
    add_votes(project, ids[4], everybody)
    sessions = {
        part: signed_in(player).cookies[settings.SESSION_COOKIE_NAME].value
        for part, player in cast.players().items()
    }
    return House(project, cast, tuple(ids[:3]), ids[3], ids[4], sessions)


def signed_in(player: Player) -> Client:
    """Return a browser in which somebody has just signed in."""
    browser = Client()
    browser.force_login(Person.objects.get(pk=player.id))
    return browser


def hidden(html: str, name: str) -> str:
    """Return the value of a hidden input."""
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, name
    return found[1]


def action(html: str, end: str) -> str:
    """Return the address of the form that ends so."""
    found = re.search(rf'action="([^"]*{end})"', html)
    assert found, end
    return found[1]
