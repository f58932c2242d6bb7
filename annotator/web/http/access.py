"""Who may see a page: views get an Actor and a ProjectView, and refusals become pages."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import urlencode

from annotator.accounts.queries import Actor
from annotator.catalog.queries import project_for, role_of
from annotator.core.errors import DomainError, NotAllowed, NotAuthenticated
from annotator.web.http.place import Place, actor_of, enter
from annotator.web.http.refusals import refused

View = Callable[..., HttpResponse]

SIGN_IN: Final = "/login"
PASSWORD: Final = "/account/password"  # noqa: S105 - an address


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send somebody unknown to the sign-in page and, after a GET, back again."""
    target = SIGN_IN
    if request.method == "GET":
        target = f"{SIGN_IN}?{urlencode({'next': request.get_full_path()})}"
    if request.headers.get("HX-Request"):
        # A swapped-in sign-in form would stand in the middle of a page.
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


def signed_in(view: View) -> View:
    """Call `view(request, actor, …)`; who is not signed in is sent to do so."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        actor = actor_of(request)
        if actor is None:
            return to_sign_in(request)
        if actor.must_change_password and request.path != PASSWORD:
            return HttpResponseRedirect(PASSWORD)
        enter(request, Place(actor))
        try:
            return view(request, actor, *args, **kwargs)
        except NotAuthenticated:
            return to_sign_in(request)
        except DomainError as error:
            return refused(request, error)

    return guarded


def in_project(roles: Collection[str] | None = None) -> Callable[[View], View]:
    """Call `view(request, actor, project, …)` for members in one of `roles`; None: any member.

    The address names the project as `slug`. Who is no member gets the page of an absent project.
    """

    def decorate(view: View) -> View:
        @signed_in
        @functools.wraps(view)
        def guarded(
            request: HttpRequest, actor: Actor, *, slug: str, **kwargs: object
        ) -> HttpResponse:
            member = project_for(actor, slug)
            role = role_of(actor, member.id) or ""
            enter(request, Place(actor, member, role))
            if roles is not None and role not in roles:
                raise NotAllowed("Your role does not allow this.")
            return view(request, actor, member, **kwargs)

        return guarded

    return decorate
