"""Closing a person's account on the whole instance, and opening it again: for administrators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import transaction

from annotator.accounts import services as accounts
from annotator.accounts.models import Person
from annotator.accounts.queries import Actor
from annotator.catalog.queries import project_view
from annotator.core.errors import Conflict, NotAllowed, NotFound
from annotator.flow.roles import take_back
from annotator.labeling import services as labeling
from annotator.labeling.models import Assignment

KINDS: Final = tuple(Assignment.Kind.values)


@dataclass(frozen=True, slots=True)
class Closed:
    """What ended with an account."""

    username: str
    tokens: int
    seats: int


def close_account(username: str, *, by: Actor | None = None) -> Closed:
    """End an account: who it was is signed out, and what they hold goes back to the pool.

    Args:
        username: Whose.
        by: The administrator who does it; None: whoever runs the server.

    Raises:
        Conflict: One's own account, the last administrator's, or a closed one; NotFound,
            NotAllowed.
    """
    person = _person(username, by)
    if not person.is_active:
        message = f"The account of {username} is closed already."
        raise Conflict(message)
    if by is not None and by.id == person.pk:
        raise Conflict("Another administrator has to close your own account.")
    tokens = accounts.close_person(person_id=person.pk, by=by.id if by else None)
    seats = 0
    # Each project by itself, after nobody can come in any more: a lease would end in any case.
    for project_id in labeling.held_projects(person_id=person.pk):
        with transaction.atomic():
            seats += take_back(project_view(project_id), person.pk, KINDS)
    return Closed(username, tokens, seats)


@transaction.atomic
def reopen_account(username: str, *, by: Actor | None = None) -> str:
    """Open a closed account again; return a one-time link for its person, shown this once.

    Raises Conflict for an open one, NotFound, NotAllowed.
    """
    person = _person(username, by)
    if person.is_active:
        message = f"The account of {username} is open."
        raise Conflict(message)
    actor = by.id if by else None
    accounts.reopen_person(person_id=person.pk, by=actor)
    secret = accounts.issue_link(person_id=person.pk, purpose="login", by=actor)
    return f"{settings.PUBLIC_URL}/enter/{secret}"


def _person(username: str, by: Actor | None) -> Person:
    if by is not None and not by.is_administrator:
        raise NotAllowed("Only an administrator closes and opens accounts.")
    person = Person.objects.filter(username=username, imported_for="", is_simulated=False).first()
    if person is None:
        message = f"There is no account {username!r}."
        raise NotFound(message)
    return person
