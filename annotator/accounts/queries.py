"""Who somebody is, as plain values that pages and the API may hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from annotator.accounts.models import AccessLink, ApiToken, Person
from annotator.core import dbtime
from annotator.core.digests import sha256_text
from annotator.core.errors import NotFound
from annotator.core.prepared import Prepared


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts: a person by id, never the model instance."""

    id: int
    username: str
    name: str
    is_administrator: bool
    must_change_password: bool = False


@dataclass(frozen=True, slots=True)
class TokenView:
    """A bearer token as its owner sees it: never the token itself."""

    public_id: str
    name: str
    scopes: tuple[str, ...]


def _actor(person: Person) -> Actor:
    return Actor(
        id=person.pk,
        username=person.username,
        name=person.name,
        is_administrator=person.is_administrator,
        must_change_password=person.must_change_password,
    )


def actor(person_id: int) -> Actor:
    """Return the active person with this id; raises NotFound."""
    person = Person.objects.filter(pk=person_id, is_active=True).first()
    if person is None:
        message = "There is no such person."
        raise NotFound(message)
    return _actor(person)


def awaits_invitation(person_id: int) -> bool:
    """Return whether a person needs a link to come in: no password, and no link used so far.

    Imported raters and simulated people never sign in.
    """
    person = Person.objects.get(pk=person_id)
    if person.has_usable_password() or person.imported_for or person.is_simulated:
        return False
    return not AccessLink.objects.filter(person=person_id, used_at__isnull=False).exists()


def actor_by_username(username: str) -> Actor:
    """Return the active person of this name; raises NotFound."""
    person = Person.objects.filter(username=username, is_active=True).first()
    if person is None:
        message = f"There is no active person named {username!r}."
        raise NotFound(message)
    return _actor(person)


_BY_TOKEN: Final = Prepared(
    lambda digest: ApiToken.objects.filter(digest=digest, person__is_active=True).values_list(
        "scopes",
        "expires_at",
        "person_id",
        "person__username",
        "person__display_name",
        "person__is_administrator",
        "person__must_change_password",
    )
)


def actor_by_token(token: str) -> tuple[Actor, tuple[str, ...]] | None:
    """Return whose bearer token this is and its scopes, or None (unknown, expired, inactive)."""
    row = next(iter(_BY_TOKEN(digest=sha256_text(token))), None)
    if row is None:
        return None
    scopes, expires_at, person_id, username, display_name, administrator, must_change = row
    if expires_at is not None and expires_at <= dbtime.now():
        return None
    who = Actor(person_id, username, display_name or username, administrator, must_change)
    return who, tuple(scopes)


def tokens_of(person_id: int) -> tuple[TokenView, ...]:
    """Return a person's tokens, oldest first."""
    rows = ApiToken.objects.filter(person=person_id).order_by("pk")
    return tuple(TokenView(row.public_id, row.name, tuple(row.scopes)) for row in rows)


def preferences_of(person_id: int) -> dict[str, object]:
    """Return a person's stored preferences (theme, reading size, keys …)."""
    row = Person.objects.filter(pk=person_id).values_list("preferences", flat=True).first()
    return dict(row or {})
