"""Writes on people: accounts, invitations, tokens, sign-in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, transaction

from annotator.accounts.models import AccessLink, ApiToken, Person, SignInAttempt
from annotator.accounts.queries import Actor, actor
from annotator.audit import services as audit
from annotator.core import dbtime
from annotator.core.digests import sha256_text
from annotator.core.errors import Conflict, Invalid, NotFound, Throttled
from annotator.core.ids import public_id, secret

MIN_PASSWORD = 12
MAX_PASSWORD = 1024
TRIES = 10
TRY_WINDOW = timedelta(minutes=5)
LINK_LIFE = timedelta(days=7)

_NOBODY = make_password(None)


def _check_password_form(password: str) -> None:
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        message = f"A password has {MIN_PASSWORD} to {MAX_PASSWORD} characters."
        raise Invalid(message, fields={"password": message})


@transaction.atomic
def create_person(  # noqa: PLR0913 - one keyword per column, none of them positional
    *,
    username: str,
    password: str | None = None,
    display_name: str = "",
    email: str = "",
    language: str = "",
    administrator: bool = False,
    simulated: bool = False,
    must_change_password: bool = False,
    by: int | None = None,
) -> int:
    """Create a person and return their id; without password they can enter by link only.

    Raises Conflict when the name is taken, Invalid when the password does not fit.
    """
    if password is not None:
        _check_password_form(password)
    person = Person(
        username=username,
        display_name=display_name,
        email=email,
        language=language,
        is_administrator=administrator,
        is_simulated=simulated,
        must_change_password=must_change_password,
    )
    person.set_password(password)
    try:
        with transaction.atomic():
            person.save(force_insert=True)
    except IntegrityError as error:
        message = f"The name {username!r} is taken."
        raise Conflict(message, fields={"username": message}) from error
    audit.record(verb="person.created", subject=f"person:{person.pk}", actor=by)
    return person.pk


@transaction.atomic
def issue_link(*, person_id: int, purpose: str, by: int | None = None) -> str:
    """Return a new one-time secret for /enter/<secret>; only its digest is stored."""
    token = secret()
    AccessLink.objects.create(
        person_id=person_id,
        purpose=AccessLink.Purpose(purpose),
        digest=sha256_text(token),
        expires_at=dbtime.now() + LINK_LIFE,
    )
    audit.record(verb=f"link.{purpose}", subject=f"person:{person_id}", actor=by)
    return token


@transaction.atomic
def use_link(*, token: str) -> tuple[Actor, str]:
    """Use up a one-time link; return whose it is and its purpose. Raises NotFound."""
    digest = sha256_text(token)
    now = dbtime.now()
    used = AccessLink.objects.filter(
        digest=digest, used_at__isnull=True, expires_at__gt=now, person__is_active=True
    ).update(used_at=now)
    if not used:
        message = "This link is unknown, used or expired. Ask for a new one."
        raise NotFound(message)
    link = AccessLink.objects.get(digest=digest)
    audit.record(verb="link.used", subject=f"person:{link.person_id}", actor=link.person_id)
    return actor(link.person_id), link.purpose


@transaction.atomic
def issue_token(
    *,
    person_id: int,
    name: str,
    scopes: Sequence[str] = (),
    expires: datetime | None = None,
    by: int | None = None,
) -> tuple[str, str]:
    """Create a bearer token; return (public id, token). The token is shown this once."""
    token = f"ck_{secret()}"
    row = ApiToken.objects.create(
        person_id=person_id,
        public_id=public_id(),
        name=name[:100],
        digest=sha256_text(token),
        scopes=list(scopes),
        expires_at=expires,
    )
    audit.record(verb="token.issued", subject=f"token:{row.pk}", actor=by)
    return row.public_id, token


@transaction.atomic
def revoke_token(*, person_id: int, token_id: str) -> None:
    """Delete one of a person's own tokens; raises NotFound."""
    count, _ = ApiToken.objects.filter(person=person_id, public_id=token_id).delete()
    if not count:
        message = "There is no such token."
        raise NotFound(message)
    audit.record(verb="token.revoked", subject=f"person:{person_id}", actor=person_id)


@transaction.atomic
def set_password(*, person_id: int, password: str) -> None:
    """Set a person's password; their other sessions and their tokens end with the old one.

    A first password ends nothing: a token that was issued before it is no sign of anything.
    """
    _check_password_form(password)
    person = Person.objects.select_for_update().get(pk=person_id)
    changed = person.has_usable_password()
    person.set_password(password)
    person.must_change_password = False
    person.save(update_fields=["password", "must_change_password"])
    revoked = _revoke_tokens(person_id) if changed else 0
    audit.record(
        verb="password.set",
        subject=f"person:{person_id}",
        actor=person_id,
        data={"tokens_revoked": revoked},
    )


def _revoke_tokens(person_id: int) -> int:
    count, _ = ApiToken.objects.filter(person=person_id).delete()
    return count


@transaction.atomic
def close_person(*, person_id: int, by: int | None = None) -> int:
    """End an account: its sessions, tokens, links and password; return how many tokens ended.

    What the person did stays. Raises Conflict for the last administrator.
    """
    person = Person.objects.select_for_update().get(pk=person_id)
    others = Person.objects.select_for_update().filter(is_administrator=True, is_active=True)
    if person.is_administrator and not others.exclude(pk=person_id).exists():
        raise Conflict("The last administrator's account stays open.")
    person.is_active = False
    person.set_unusable_password()  # sessions rest on the password: none comes back with the account
    person.save(update_fields=["is_active", "password"])
    AccessLink.objects.filter(person=person_id, used_at__isnull=True).delete()
    revoked = _revoke_tokens(person_id)
    audit.record(
        verb="person.closed",
        subject=f"person:{person_id}",
        actor=by,
        data={"tokens_revoked": revoked},
    )
    return revoked


@transaction.atomic
def reopen_person(*, person_id: int, by: int | None = None) -> None:
    """Open a closed account again; its person needs a new link to come in."""
    Person.objects.filter(pk=person_id).update(is_active=True)
    audit.record(verb="person.reopened", subject=f"person:{person_id}", actor=by)


def check_sign_in(*, username: str, password: str, address: str) -> Actor:
    """Return who signed in.

    Throttled before the costly hash, by name and by address. Unknown and known names take the
    same time and give the same Invalid. Raises Throttled with `retry_after`.
    """
    keys = [f"name:{username[:150]}", f"address:{address}"]
    since = dbtime.now() - TRY_WINDOW
    for key in keys:
        if SignInAttempt.objects.filter(key=key, at__gt=since).count() >= TRIES:
            message = "Too many tries. Wait five minutes."
            raise Throttled(message, details={"retry_after": int(TRY_WINDOW.total_seconds())})
    person = Person.objects.filter(username=username, is_active=True).first()
    stored = person.password if person else _NOBODY
    fits = len(password) <= MAX_PASSWORD and _matches(password, stored)
    if person is None or not fits:
        SignInAttempt.objects.bulk_create(SignInAttempt(key=key) for key in keys)
        message = "The name or the password is wrong."
        raise Invalid(message, fields={"username": message})
    SignInAttempt.objects.filter(key=keys[0]).delete()
    audit.record(verb="signed_in", subject=f"person:{person.pk}", actor=person.pk)
    return actor(person.pk)


def _matches(password: str, stored: str) -> bool:
    """Check a password; an unusable one costs as much time as a real one."""
    if stored.startswith("!"):
        make_password(password)
        return False
    return check_password(password, stored)


def store_preferences(*, person_id: int, changes: Mapping[str, object]) -> None:
    """Merge `changes` into a person's preferences."""
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=person_id)
        person.preferences = {**person.preferences, **changes}
        person.save(update_fields=["preferences"])
