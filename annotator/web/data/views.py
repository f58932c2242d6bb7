"""Bringing items in: upload, mapping, import; and the jobs that do the work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotator.accounts.queries import Actor
from annotator.catalog.queries import MANAGER, MANAGERS, ProjectView, projects_of
from annotator.core.errors import Invalid, NotFound, TooLarge, Unreadable
from annotator.flow import intake, jobs, uploads
from annotator.flow.uploads import Upload
from annotator.intake.checks import LOOK_AT
from annotator.intake.queries import batches, item_count, near_duplicates
from annotator.web.data.rows import IMPORT, job_rows, rejected_rows
from annotator.web.data.uploads import columns_of, mapping_from, ticket, uploaded
from annotator.web.http.access import in_project, signed_in

FORM_ROOM: Final = 64 * 1024
"""What a form adds around its file, in bytes."""
STOP_POLLING: Final = 286
PAIRS_SHOWN: Final = 20


def _page(name: str, project: ProjectView) -> str:
    return reverse(name, kwargs={"slug": project.slug})


@require_GET
@in_project(MANAGERS)
def data(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Show the upload form, the jobs, the batches and the near-duplicates."""
    return _data(request, actor, project)


def _data(
    request: HttpRequest,
    actor: Actor,
    project: ProjectView,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    pairs = near_duplicates(project.id, limit=PAIRS_SHOWN + 1)
    context = {
        **_listing(actor, project),
        "problem": problem,
        "batches": batches(project.id),
        "items": item_count(project.id),
        "pairs": pairs[:PAIRS_SHOWN],
        "more_pairs": len(pairs) > PAIRS_SHOWN,
        "max_bytes": uploads.max_bytes(),
    }
    return render(request, "data/page.html", context, status=status)


def _listing(actor: Actor, project: ProjectView) -> dict[str, object]:
    rows = job_rows(jobs.listing(actor, project.slug))
    return {"jobs": rows, "running": any(row.job.running for row in rows)}


@csrf_exempt
@require_POST
@in_project(MANAGERS)
def upload(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Store a file and go on to its columns.

    The check of the token reads the whole body, so it comes after that of its length.
    """
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > uploads.max_bytes() + FORM_ROOM:
        raise TooLarge(_("The file is larger than this instance takes."))
    response: HttpResponse = _store(request, actor, project)
    return response


@csrf_protect
def _store(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    file = request.FILES.get("file")
    if file is None:
        return _data(request, actor, project, problem=_("Choose a file first."), status=400)
    try:
        stored = uploads.store(file.chunks(), filename=file.name or "")
    except (Unreadable, TooLarge) as error:
        return _data(request, actor, project, problem=error.message, status=error.status)
    target = f"{_page('data-check', project)}?{urlencode({'file': ticket(stored, actor, project)})}"
    return HttpResponseRedirect(target)


@require_http_methods(["GET", "POST"])
@in_project(MANAGERS)
def check(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Show what a stored file holds under a mapping; `action=import` starts the job."""
    posted = request.POST if request.method == "POST" else request.GET
    value = posted.get("file", "")
    stored = uploaded(value, actor, project)
    try:
        first = intake.preview(stored.absolute, mapping={}, project=project)
    except (Unreadable, TooLarge) as error:
        return _data(request, actor, project, problem=error.message, status=error.status)
    problem = ""
    mapping: Mapping[str, str] = first.suggested
    if request.method == "POST":
        try:
            mapping = mapping_from(request.POST, first.columns)
            intake.shape_of(project, mapping)
        except Invalid as error:
            mapping, problem = {}, error.message
        if not problem and request.POST.get("action") == "import":
            return _start(request, actor, project, stored, mapping)
    shown = intake.preview(stored.absolute, mapping=mapping, project=project) if mapping else first
    context = {
        "upload": stored,
        "ticket": value,
        "preview": shown,
        "columns": columns_of(first, mapping),
        "hidden_columns": max(0, len(first.columns) - len(columns_of(first, mapping))),
        "whole_file": shown.checks.looked_at < LOOK_AT,
        "rejected": sum(shown.checks.problems.values()),
        "problem": problem,
    }
    return render(request, "data/check.html", context, status=400 if problem else 200)


def _start(
    request: HttpRequest,
    actor: Actor,
    project: ProjectView,
    stored: Upload,
    mapping: Mapping[str, str],
) -> HttpResponse:
    payload = {"path": stored.path, "filename": stored.filename, "mapping": dict(mapping)}
    jobs.start(actor, project.slug, IMPORT, payload)
    said = _("The import of %(file)s has started. You can leave this page.")
    messages.success(request, said % {"file": stored.filename})
    return HttpResponseRedirect(_page("data", project))


@require_GET
@in_project(MANAGERS)
def jobs_page(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Show a project's jobs; htmx gets the list alone, and 286 once nothing changes any more."""
    context = _listing(actor, project)
    if not request.headers.get("HX-Request"):
        return render(request, "data/jobs.html", context)
    if request.GET.get("with") == "batches":
        context |= {"batches": batches(project.id), "items": item_count(project.id)}
    status = 200 if context["running"] else STOP_POLLING
    return render(request, "data/_jobs.html", context, status=status)


@require_GET
@signed_in
def all_jobs(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show the jobs of every project the person manages."""
    managed = [card for card in projects_of(actor) if card.role == MANAGER]
    listed = [(card, job_rows(jobs.listing(actor, card.slug, limit=5))) for card in managed]
    return render(request, "data/all_jobs.html", {"projects": listed})


@require_POST
@in_project(MANAGERS)
def stop(request: HttpRequest, actor: Actor, project: ProjectView, job: str) -> HttpResponse:
    """Ask a job to stop; what it did stays."""
    _own(actor, project, job)
    jobs.stop(actor, job)
    messages.info(request, _("The job was asked to stop. What it did so far stays."))
    return HttpResponseRedirect(_page("jobs", project))


@require_GET
@in_project(MANAGERS)
def rejected(request: HttpRequest, actor: Actor, project: ProjectView, job: str) -> HttpResponse:
    """Send the rows an import rejected: JSON lines of line, field, code and message."""
    path = rejected_rows(_own(actor, project, job))
    file = FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=path.name,
        content_type="application/x-ndjson; charset=utf-8",
    )
    return cast("HttpResponse", file)


def _own(actor: Actor, project: ProjectView, job: str) -> jobs.JobView:
    found = jobs.view(actor, job)
    if found.project != project.slug:
        raise NotFound("There is no such job.")
    return found
