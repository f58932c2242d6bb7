"""The set-aside page: whose answers, what would change, and what is out or back already."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotator.accounts.queries import Actor
from annotator.catalog.queries import MANAGERS, ProjectView
from annotator.core.errors import Conflict, DomainError, Invalid
from annotator.flow import asides, jobs
from annotator.flow.aside_wish import grounds_of
from annotator.intake.queries import batches
from annotator.quality.queries.aside_views import raters, set_asides
from annotator.quality.queries.runs import unfinished_run
from annotator.web.asides.rows import (
    JUROR,
    PERSON,
    choice_from,
    code_words,
    options,
    rows,
    run_row,
)
from annotator.web.http.access import in_project


@require_GET
@in_project(MANAGERS)
def page(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Show the form, the preview of what it says, and all set-asides."""
    fields = {key: str(value) for key, value in request.GET.items()}
    return _show(request, actor, project, fields)


def _show(
    request: HttpRequest,
    actor: Actor,
    project: ProjectView,
    fields: dict[str, str],
    error: DomainError | None = None,
) -> HttpResponse:
    seen = None
    if fields.get("show"):
        try:
            seen = asides.look(actor, project.slug, choice_from(fields))
        except Invalid as wrong:
            error = error or wrong
    known = raters(project)
    listed = rows(project, set_asides(project))
    chosen = fields.get("rater", "")
    context = {
        "form": fields,
        "fields": {"from": fields.get("from", ""), "batch": fields.get("import", "")},
        "people": options(known, PERSON, chosen),
        "jurors": options(known, JUROR, chosen),
        "imports": [str(each.number) for each in batches(project.id)],
        "categories": project.taxonomy.categories,
        "codes": tuple(code_words().items()),
        "seen": seen,
        "error": error,
        "problems": error.fields if error else {},
        "in_force": [row for row in listed if row.view.in_force],
        "lifted": [row for row in listed if not row.view.in_force],
        "run": run_row(unfinished_run(project.id), jobs.listing(actor, project.slug)),
    }
    return render(request, "asides/page.html", context, status=error.status if error else 200)


def _place(project: ProjectView) -> str:
    return reverse("asides", kwargs={"slug": project.slug})


@require_POST
@in_project(MANAGERS)
def make(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Set the answers aside that were previewed; where the votes moved, show them anew."""
    fields = {key: str(value) for key, value in request.POST.items()}
    try:
        grounds = grounds_of(fields.get("code", ""), fields.get("reason", ""))
        choice, seen = choice_from(fields), fields.get("seen", "")
        asides.start(actor, project.slug, choice, grounds, seen=seen)
    except (Invalid, Conflict) as error:
        return _show(request, actor, project, {**fields, "show": "1"}, error)
    messages.success(request, _("The answers are set aside. What rested on them is decided again."))
    return HttpResponseRedirect(_place(project), status=303)


@require_POST
@in_project(MANAGERS)
def lift(request: HttpRequest, actor: Actor, project: ProjectView, public_id: str) -> HttpResponse:
    """Let the answers of a set-aside count again."""
    asides.lift(actor, project.slug, public_id)
    messages.success(request, _("The answers count again. What they concern is decided again."))
    return HttpResponseRedirect(_place(project), status=303)


@require_POST
@in_project(MANAGERS)
def resume(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Go on with a run that was stopped."""
    asides.resume(actor, project.slug)
    messages.success(request, _("It goes on where it was."))
    return HttpResponseRedirect(_place(project), status=303)
