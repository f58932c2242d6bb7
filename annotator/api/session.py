"""POST /session signs a browser in; DELETE signs it out."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.middleware.csrf import get_token
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.authentication import Caller, MayCall, SessionAuthentication
from annotator.api.body import Body, Text
from annotator.api.resource import Resource
from annotator.core.errors import NotAllowed
from annotator.flow import sign_in

SIGN_IN: Final = "POST"


class Credentials(Body):
    """Name and password."""

    username = Text(max_length=150)
    password = Text()


class SignedIn(serializers.Serializer[None]):
    """Who is signed in, and the CSRF token for unsafe calls."""

    username = serializers.CharField()
    csrf = serializers.CharField()


class AnyoneMaySignIn(MayCall):
    """Signing in needs no sign-in."""

    def has_permission(self, request: Request, view: object) -> bool:
        """Return whether the call may go on to the view."""
        return request.method == SIGN_IN or super().has_permission(request, view)


class NoEarlierSession(SessionAuthentication):
    """Signing in looks at no earlier session; all else goes by it."""

    def authenticate(self, request: Request) -> tuple[Caller, str] | None:
        """Return the caller; None for a sign-in."""
        return None if request.method == SIGN_IN else super().authenticate(request)


class SessionResource(Resource):
    """The browser's session."""

    authentication_classes = (NoEarlierSession,)
    permission_classes = (AnyoneMaySignIn,)

    @extend_schema(request=Credentials, responses=SignedIn, auth=[])
    def post(self, request: Request) -> Response:
        """Sign in: a cookie, and the CSRF token to send as X-CSRFToken."""
        _refuse_foreign(request)
        given = self.read(request, Credentials)
        actor = sign_in.check_password(
            username=given["username"],
            password=given["password"],
            address=request.META.get("REMOTE_ADDR", ""),
        )
        browser = request._request  # noqa: SLF001 - the session belongs to Django's request
        sign_in.open_session(browser, actor.id)
        return Response({"username": actor.username, "csrf": get_token(browser)})

    @extend_schema(request=None, responses={204: None}, auth=[{"session": []}])  # type: ignore[list-item] # a requirement, not its name
    def delete(self, request: Request) -> Response:
        """Sign out."""
        sign_in.close_session(request._request)  # noqa: SLF001 - see above
        return Response(status=204)


def _refuse_foreign(request: Request) -> None:
    """Refuse a sign-in that another site's page sends: there is no CSRF token yet."""
    origin = request.META.get("HTTP_ORIGIN")
    if origin is None or origin in settings.CSRF_TRUSTED_ORIGINS:
        return
    if urlsplit(origin).netloc != request.get_host():
        raise NotAllowed("Sign-in from another site is refused.")
