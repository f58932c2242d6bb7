"""Signing in and out, and what a person changes about their own account."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotator.accounts.queries import Actor, preferences_of, tokens_of
from annotator.core.errors import DomainError, Invalid, NotFound, Throttled
from annotator.flow import account, sign_in
from annotator.web.http.access import PASSWORD, signed_in
from annotator.web.http.place import actor_of

PAGE = "/account"


def _address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def _onward(request: HttpRequest) -> str:
    """Return where to go after signing in: an address of ours, else home."""
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if ours and wanted.startswith("/") else "/"


@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Show the sign-in form, or sign in by name and password."""
    onward = _onward(request)
    if request.method != "POST":
        if actor_of(request) is not None:
            return HttpResponseRedirect(onward)
        return render(request, "account/login.html", {"next": onward})
    username = request.POST.get("username", "")
    try:
        actor = sign_in.check_password(
            username=username,
            password=request.POST.get("password", ""),
            address=_address(request),
        )
    except (Invalid, Throttled) as error:
        context = {"next": onward, "username": username, "problem": error.message}
        response = render(request, "account/login.html", context, status=error.status)
        if isinstance(error, Throttled):
            response.headers["Retry-After"] = str(error.details.get("retry_after", 300))
        return response
    sign_in.open_session(request, actor.id)
    return HttpResponseRedirect(PASSWORD if actor.must_change_password else onward, status=303)


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """End the session."""
    sign_in.close_session(request)
    response = HttpResponseRedirect("/login", status=303)
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, secret: str) -> HttpResponse:
    """Show the button of a one-time link; pressing it uses the link up.

    A mail program that looks at links ahead must not sign anybody in.
    """
    if request.method != "POST":
        return render(request, "account/enter.html", {"other": actor_of(request)})
    try:
        actor, purpose = sign_in.enter(secret)
    except NotFound as error:
        return render(request, "account/enter.html", {"problem": error.message}, status=404)
    sign_in.open_session(request, actor.id)
    invited = purpose == "invite" or actor.must_change_password
    return HttpResponseRedirect(PASSWORD if invited else "/", status=303)


@require_GET
@signed_in
def page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show the account."""
    return _page(request, actor)


def _page(
    request: HttpRequest, actor: Actor, *, token: str = "", error: DomainError | None = None
) -> HttpResponse:
    context = {
        "preferences": preferences_of(actor.id),
        "themes": (("", _("As the system")), ("light", _("Light")), ("dark", _("Dark"))),
        "sizes": (
            ("15", _("Small")),
            ("", _("Ordinary")),
            ("20", _("Large")),
        ),
        "tokens": tokens_of(actor.id),
        "scopes": sign_in.SCOPES,
        "token": token,
        "error": error,
        "has_password": account.has_password(actor),
    }
    return render(request, "account/account.html", context, status=error.status if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def password(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show the password form, or set the password; other sessions end."""
    context: dict[str, object] = {
        "has_password": account.has_password(actor),
        "must": actor.must_change_password,
    }
    if request.method != "POST":
        return render(request, "account/password.html", context)
    new = request.POST.get("new", "")
    if new != request.POST.get("again", ""):
        context["problem"] = _("The two new passwords differ.")
        return render(request, "account/password.html", context, status=400)
    try:
        account.change_password(
            actor, old=request.POST.get("old", ""), new=new, address=_address(request)
        )
    except (Invalid, Throttled) as error:
        context["problem"] = error.message
        return render(request, "account/password.html", context, status=error.status)
    sign_in.open_session(request, actor.id)
    messages.success(request, _("Your password is set. Your other sessions have ended."))
    return HttpResponseRedirect("/", status=303)


@require_POST
@signed_in
def preferences(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Store theme, reading size and single keys."""
    account.save_preferences(
        actor,
        {
            "theme": request.POST.get("theme", ""),
            "reading": request.POST.get("reading", ""),
            "keys": "" if request.POST.get("keys") == "on" else "off",
        },
    )
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(PAGE, status=303)


@require_POST
@signed_in
def issue_token(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Make a bearer token and show it this once."""
    try:
        _public_id, token = sign_in.issue_token(
            actor,
            name=request.POST.get("name", ""),
            scopes=request.POST.getlist("scopes"),
        )
    except Invalid as error:
        return _page(request, actor, error=error)
    return _page(request, actor, token=token)


@require_POST
@signed_in
def revoke_token(request: HttpRequest, actor: Actor, token_id: str) -> HttpResponse:
    """Delete one of the person's own tokens."""
    sign_in.revoke_token(actor, token_id)
    messages.success(request, _("The token is gone. Programs that used it are refused from now."))
    return HttpResponseRedirect(PAGE, status=303)
