"""The people of a project: who they are, what they did, and how they come and go."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotator.accounts.queries import Actor
from annotator.catalog.queries import (
    ADJUDICATOR,
    ANNOTATOR,
    AUDITOR,
    LEADS,
    MANAGER,
    MANAGERS,
    MemberView,
    ProjectView,
    members,
)
from annotator.core.errors import Conflict, Invalid, NotFound
from annotator.flow import closing, people
from annotator.flow.projects import Added
from annotator.quality.queries.people import PersonView
from annotator.quality.queries.people import people as figures_of
from annotator.web.http.access import in_project


@dataclass(frozen=True, slots=True)
class Member:
    """A person with their figures, where there are any."""

    view: MemberView
    figures: PersonView | None
    is_me: bool

    @property
    def leads(self) -> bool:
        """Whether the person leads; then it is a choice whether they label."""
        return self.view.role in LEADS


@dataclass(frozen=True, slots=True)
class Reopened:
    """An account that is open again, with its person's one-time link."""

    username: str
    link: str


def _page(project: ProjectView) -> str:
    return f"/projects/{project.slug}/people"


def role_names() -> tuple[tuple[str, str], ...]:
    """Return the roles with their names."""
    return (
        (ANNOTATOR, _("Annotator")),
        (ADJUDICATOR, _("Adjudicator")),
        (MANAGER, _("Manager")),
        (AUDITOR, _("Auditor")),
    )


def _show(
    request: HttpRequest,
    actor: Actor,
    project: ProjectView,
    *,
    added: Added | None = None,
    reopened: Reopened | None = None,
    error: Invalid | Conflict | None = None,
) -> HttpResponse:
    figures = {each.person_id: each for each in figures_of(project)}
    rows = [
        Member(view, figures.get(view.person_id), view.person_id == actor.id)
        for view in members(project.id)
    ]
    context = {
        "page_url": _page(project),
        "active": [row for row in rows if row.view.active and not row.view.imported],
        "former": [row for row in rows if not row.view.active and not row.view.imported],
        "imported": [row for row in rows if row.view.imported],
        "roles": role_names(),
        "role_names": dict(role_names()),
        "added": added,
        "reopened": reopened,
        "administrator": actor.is_administrator,
        "error": error,
        "form": request.POST if error else None,
    }
    status = error.status if error else 200
    return render(request, "people/people.html", context, status=status)


@require_GET
@in_project(MANAGERS)
def listing(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Show everybody, by name."""
    return _show(request, actor, project)


@require_POST
@in_project(MANAGERS)
def invite(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Add one person and show the link, this once."""
    try:
        added = people.invite(
            actor,
            project.slug,
            username=request.POST.get("username", "").strip(),
            role=request.POST.get("role", ""),
            email=request.POST.get("email", "").strip(),
        )
    except (Invalid, Conflict) as error:
        return _show(request, actor, project, error=error)
    return _show(request, actor, project, added=added)


@require_POST
@in_project(MANAGERS)
def role(request: HttpRequest, actor: Actor, project: ProjectView, pseudonym: str) -> HttpResponse:
    """Give somebody another role."""
    people.change_role(actor, project.slug, pseudonym, request.POST.get("role", ""))
    messages.success(request, _("The role is changed."))
    return HttpResponseRedirect(_page(project), status=303)


@require_POST
@in_project(MANAGERS)
def labeling(
    request: HttpRequest, actor: Actor, project: ProjectView, pseudonym: str
) -> HttpResponse:
    """Let a lead take items to label, or not."""
    labels = request.POST.get("labels") == "yes"
    people.change_labeling(actor, project.slug, pseudonym, labels=labels)
    text = (
        _("They take items to label now. What they may still label is sealed for them.")
        if labels
        else _("They take no items to label now, and read everything.")
    )
    messages.success(request, text)
    return HttpResponseRedirect(_page(project), status=303)


@require_POST
@in_project(MANAGERS)
def deactivate(
    request: HttpRequest, actor: Actor, project: ProjectView, pseudonym: str
) -> HttpResponse:
    """End somebody's membership."""
    returned = people.deactivate(actor, project.slug, pseudonym)
    text = _("The person is out of the project; their work stays. Items returned: %(n)d.")
    messages.success(request, text % {"n": returned})
    return HttpResponseRedirect(_page(project), status=303)


@require_POST
@in_project(MANAGERS)
def close(request: HttpRequest, actor: Actor, project: ProjectView, pseudonym: str) -> HttpResponse:
    """Close somebody's account on the whole instance; administrators only."""
    closed = closing.close_account(_username(project, pseudonym), by=actor)
    text = _("The account is closed everywhere; its work stays. Items returned: %(n)d.")
    messages.success(request, text % {"n": closed.seats})
    return HttpResponseRedirect(_page(project), status=303)


@require_POST
@in_project(MANAGERS)
def reopen(
    request: HttpRequest, actor: Actor, project: ProjectView, pseudonym: str
) -> HttpResponse:
    """Open a closed account again and show the link, this once; administrators only."""
    username = _username(project, pseudonym)
    link = closing.reopen_account(username, by=actor)
    return _show(request, actor, project, reopened=Reopened(username, link))


def _username(project: ProjectView, pseudonym: str) -> str:
    names = (each.username for each in members(project.id) if each.pseudonym == pseudonym)
    username = next(names, None)
    if username is None:
        raise NotFound("There is no such person in this project.")
    return username


@require_POST
@in_project(MANAGERS)
def reactivate(
    request: HttpRequest, actor: Actor, project: ProjectView, pseudonym: str
) -> HttpResponse:
    """Let somebody back in."""
    people.reactivate(actor, project.slug, pseudonym)
    messages.success(request, _("The person is back in the project."))
    return HttpResponseRedirect(_page(project), status=303)
