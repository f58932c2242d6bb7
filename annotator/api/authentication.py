"""Who calls: by bearer token, or by session with CSRF. Views see a value, never a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from rest_framework import authentication, exceptions
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from annotator.accounts.queries import Actor, actor, actor_by_token
from annotator.core.errors import NotFound

SCHEME: Final = "Bearer"
TOKEN: Final = "token"  # noqa: S105 - how somebody came in, no secret
SESSION: Final = "session"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is signed in, and what their token is limited to (empty: nothing)."""

    actor: Actor
    scopes: tuple[str, ...] = ()
    is_authenticated: ClassVar[bool] = True

    def may(self, scope: str) -> bool:
        """Whether a call of this scope is within the token."""
        return not self.scopes or scope in self.scopes


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer TOKEN`; a request that has it is judged by it alone."""

    def authenticate(self, request: Request) -> tuple[Caller, str] | None:
        """Return the caller; None without the header. Raises AuthenticationFailed."""
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        scheme, _, token = header.partition(" ")
        found = actor_by_token(token.strip()) if scheme.lower() == SCHEME.lower() else None
        if found is None:
            raise exceptions.AuthenticationFailed("The token is unknown or has expired.")
        return Caller(*found), TOKEN

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of a 401."""
        return SCHEME


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session cookie, with a CSRF token on every unsafe method."""

    def authenticate(self, request: Request) -> tuple[Caller, str] | None:
        """Return the caller; None without a session. Raises PermissionDenied on CSRF."""
        user = getattr(request._request, "user", None)  # noqa: SLF001 - as the framework does
        if user is None or not user.is_authenticated:
            return None
        self.enforce_csrf(request)
        try:
            return Caller(actor(user.pk)), SESSION
        except NotFound:
            return None

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of a 401."""
        return SCHEME


class MayCall(BasePermission):
    """Somebody is signed in, and the token covers the view's scope; roles are checked in flow.

    Whoever came in with a password that was given to them changes it first: on /account.
    """

    message = "The token's scopes do not cover this call, or the password is to be changed first."

    def has_permission(self, request: Request, view: object) -> bool:
        """Return whether the call may go on to the view."""
        caller: object = request.user
        if not isinstance(caller, Caller):
            return False
        by_session = request.auth == SESSION
        if by_session and caller.actor.must_change_password and request.method != "DELETE":
            return False
        return caller.may(getattr(view, "scope", ""))


def caller_of(request: Request) -> Caller:
    """Return who calls; raises NotAuthenticated."""
    caller: object = request.user
    if not isinstance(caller, Caller):
        raise exceptions.NotAuthenticated
    return caller
