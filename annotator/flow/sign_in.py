"""Signing in and out, and the tokens of programs: the door of pages and API to accounts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.contrib import auth
from django.http import HttpRequest

from annotator.accounts import services
from annotator.accounts.models import Person
from annotator.accounts.queries import Actor
from annotator.core import dbtime
from annotator.core.errors import Invalid

SCOPES: Final = ("label", "read", "manage")
"""What a token may be limited to; a token without scopes may do all that its person may."""

MAX_NAME: Final = 100
BACKEND: Final = "django.contrib.auth.backends.ModelBackend"


def check_password(*, username: str, password: str, address: str) -> Actor:
    """Return whose name and password these are.

    Raises Invalid, the same for an unknown name and a wrong password, and Throttled.
    """
    return services.check_sign_in(username=username, password=password, address=address)


def enter(token: str) -> tuple[Actor, str]:
    """Use up a one-time link; return whose it is and its purpose. Raises NotFound."""
    return services.use_link(token=token)


def open_session(request: HttpRequest, person_id: int) -> None:
    """Sign a person in on this browser: the session's id and the CSRF secret are new."""
    request.session.flush()  # login alone keeps the id of a session that is theirs already
    auth.login(request, Person.objects.get(pk=person_id), backend=BACKEND)


def close_session(request: HttpRequest) -> None:
    """Sign out; the session is gone on the server too."""
    auth.logout(request)


def issue_token(
    actor: Actor, *, name: str, scopes: Sequence[str] = (), expires: datetime | None = None
) -> tuple[str, str]:
    """Create a bearer token for the actor; return (public id, token), shown this once.

    Raises Invalid for an unknown scope, a missing name or an end that has passed.
    """
    problems = {}
    if not 0 < len(name.strip()) <= MAX_NAME:
        problems["name"] = f"A token has a name of 1 to {MAX_NAME} characters."
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        known = ", ".join(SCOPES)
        problems["scopes"] = f"Unknown scopes: {', '.join(unknown)}; known: {known}."
    if expires is not None and expires <= dbtime.now():
        problems["expires"] = "The token would have expired already."
    if problems:
        raise Invalid(" ".join(problems.values()), fields=problems)
    return services.issue_token(
        person_id=actor.id,
        name=name.strip(),
        scopes=sorted(set(scopes)),
        expires=expires,
        by=actor.id,
    )


def revoke_token(actor: Actor, token_id: str) -> None:
    """Delete one of the actor's own tokens; raises NotFound."""
    services.revoke_token(person_id=actor.id, token_id=token_id)
