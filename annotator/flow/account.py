"""What a person changes about their own account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from annotator.accounts import services
from annotator.accounts.models import Person
from annotator.accounts.queries import Actor
from annotator.core.errors import Invalid

PREFERENCES: Final[Mapping[str, tuple[str, ...]]] = {
    "theme": ("", "light", "dark"),
    "reading": ("", "15", "17", "20"),
    "keys": ("", "off"),
}
"""What may be chosen; empty: as the system or the page has it."""


def has_password(actor: Actor) -> bool:
    """Return whether a person can sign in by password; who came by a link has none at first."""
    return Person.objects.get(pk=actor.id).has_usable_password()


def change_password(actor: Actor, *, old: str, new: str, address: str) -> None:
    """Set a person's password; every session that the old one opened ends, and every token.

    The old one is asked for where there is one. Raises Invalid, and Throttled after many tries.
    """
    if has_password(actor):
        try:
            services.check_sign_in(username=actor.username, password=old, address=address)
        except Invalid as error:
            message = "The present password is wrong."
            raise Invalid(message, fields={"old": message}) from error
    services.set_password(person_id=actor.id, password=new)


def save_preferences(actor: Actor, changes: Mapping[str, str]) -> None:
    """Store what a person prefers. Raises Invalid for what cannot be chosen."""
    for name, value in changes.items():
        if value not in PREFERENCES.get(name, ()):
            message = f"{name}: {value!r} cannot be chosen."
            raise Invalid(message, fields={name: message})
    services.store_preferences(person_id=actor.id, changes=changes)
