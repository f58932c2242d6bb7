"""The fixed cast of the tests; each has one meaning everywhere.

ann1 and ann2 label in the project, the adjudicator settles, the manager leads it; the outsider
manages another project and must get nowhere in this one; the administrator may all.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from annotator.accounts import services as accounts
from annotator.accounts.queries import Actor, actor
from annotator.catalog import services as catalog

PASSWORD = "mild porridge at dawn"  # noqa: S105 - of people who do not exist


@dataclass(frozen=True, slots=True)
class Player:
    """One of the cast: who they are, and their bearer token."""

    actor: Actor
    token: str

    @property
    def id(self) -> int:
        """The person's id."""
        return self.actor.id

    @property
    def username(self) -> str:
        """The person's name."""
        return self.actor.username


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody."""

    ann1: Player
    ann2: Player
    adjudicator: Player
    manager: Player
    outsider: Player
    administrator: Player

    def players(self) -> dict[str, Player]:
        """Return everybody by the name of their part."""
        return {part.name: getattr(self, part.name) for part in fields(self)}


def make_cast(project_id: int, elsewhere_id: int) -> Cast:
    """Create everybody: four members of a project, one of another, one of none."""
    return Cast(
        ann1=_player("ann1", "annotator", project_id),
        ann2=_player("ann2", "annotator", project_id),
        adjudicator=_player("adjudicator", "adjudicator", project_id),
        manager=_player("manager", "manager", project_id),
        outsider=_player("outsider", "manager", elsewhere_id),
        administrator=_player("administrator", "", 0, administrator=True),
    )


def _player(name: str, role: str, project_id: int, *, administrator: bool = False) -> Player:
    person_id = accounts.create_person(
        username=name, password=PASSWORD, administrator=administrator
    )
    if role:
        catalog.set_member(project_id=project_id, person_id=person_id, username=name, role=role)
    _, token = accounts.issue_token(person_id=person_id, name="tests")
    return Player(actor(person_id), token)
