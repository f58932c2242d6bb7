"""Items that wait for a person who is not there, and what a lead can do about them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from annotator.accounts.queries import Actor
from annotator.catalog.queries import LEADS, MANAGERS, READERS, ProjectView, role_of
from annotator.core.errors import Conflict
from annotator.flow import waiting
from annotator.web.http.access import in_project


@require_GET
@in_project(READERS)
def page(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Show what nobody new can take."""
    role = role_of(actor, project.id)
    context = {
        "found": waiting.waiting(actor, project.slug, texts=True),
        "most": waiting.MOST,
        "base": f"/projects/{project.slug}",
        "decides": role in LEADS,
        "manages": role in MANAGERS,
    }
    return render(request, "overview/waiting.html", context)


@require_POST
@in_project(LEADS)
def send(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Ask a lead about one of the items, or about all that are named."""
    item = request.POST.get("item", "")
    try:
        sent = waiting.send_to_lead(actor, project.slug, [item] if item else None)
    except Conflict as error:
        messages.warning(request, error.message)
    else:
        text = ngettext(
            "%(n)d item waits for a lead now.", "%(n)d items wait for a lead now.", sent
        )
        messages.success(request, text % {"n": sent})
    return HttpResponseRedirect(f"/projects/{project.slug}/waiting", status=303)
