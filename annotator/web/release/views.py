"""Releases: what a freeze must meet, what was frozen, and files to take away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotator.accounts.queries import Actor
from annotator.catalog.queries import MANAGERS, ProjectView
from annotator.core.errors import Conflict
from annotator.flow import jobs, releases
from annotator.release.queries import exports, next_number, release
from annotator.release.queries import releases as frozen
from annotator.web.http.access import in_project
from annotator.web.release.gates import gate_rows, posted_reasons, problems_of

FREEZE = "freeze"
STOP_POLLING = 286


@require_GET
@in_project(MANAGERS)
def releases_page(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Show the gates, the form and the releases; htmx gets the list of releases alone."""
    if request.headers.get("HX-Request"):
        context = _list(actor, project)
        status = 200 if context["freezing"] else STOP_POLLING
        return render(request, "release/_list.html", context, status=status)
    return _page(request, actor, project)


def _list(actor: Actor, project: ProjectView) -> dict[str, object]:
    freezes = [job for job in jobs.listing(actor, project.slug) if job.kind == FREEZE]
    return {
        "releases": frozen(project.id),
        "next": next_number(project.id),
        "freezing": next((job for job in freezes if job.running), None),
        "failed": freezes[0] if freezes and freezes[0].state == "failed" else None,
    }


def _page(
    request: HttpRequest,
    actor: Actor,
    project: ProjectView,
    *,
    reasons: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
) -> HttpResponse:
    rows = gate_rows(releases.gates(project), reasons, problems)
    context = {
        **_list(actor, project),
        "gates": rows,
        "shut": [row for row in rows if not row.passed],
        "problems": problems,
    }
    return render(request, "release/page.html", context, status=400 if problems else 200)


@require_POST
@in_project(MANAGERS)
def freeze(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Start freezing a release; gates that are shut need a reason each."""
    reasons = posted_reasons(request.POST.dict())
    problems = problems_of(releases.gates(project), reasons)
    if problems:
        return _page(request, actor, project, reasons=reasons, problems=problems)
    try:
        jobs.start(actor, project.slug, FREEZE, {"overrides": reasons})
    except Conflict:
        messages.warning(request, _("A release is being frozen already."))
    else:
        messages.success(request, _("The release is being frozen. You can leave this page."))
    return HttpResponseRedirect(reverse("releases", kwargs={"slug": project.slug}))


@require_GET
@in_project(releases.TAKERS)
def release_page(
    request: HttpRequest, actor: Actor, project: ProjectView, number: int
) -> HttpResponse:
    """Show one release: its gates, counts, files and exports."""
    found = release(project.id, number)
    context = {
        "release": found,
        "gates": gate_rows(found.gates),
        "counts": _counts(found.counts),
        "formats": releases.formats().items(),
        "exports": [row for row in exports(project.id) if row.release == number],
    }
    return render(request, "release/release.html", context)


def _counts(counts: Mapping[str, object]) -> list[tuple[str, int]]:
    """Return what a release holds, in words where there are some."""
    flat: dict[str, int] = {}
    for name, value in counts.items():
        if isinstance(value, Mapping):
            flat |= {f"{name}: {key}": n for key, n in value.items() if isinstance(n, int)}
        elif isinstance(value, int):
            flat[name] = value
    return [(name.replace("_", " "), value) for name, value in flat.items()]


@require_GET
@in_project(releases.TAKERS)
def manifest(request: HttpRequest, actor: Actor, project: ProjectView, number: int) -> HttpResponse:
    """Send a release's manifest."""
    document = releases.manifest(actor, project.slug, number)
    response = JsonResponse(document, json_dumps_params={"indent": 2, "ensure_ascii": False})
    name = f"{project.slug}-{number}-manifest.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
@in_project(releases.TAKERS)
def export(request: HttpRequest, actor: Actor, project: ProjectView, number: int) -> HttpResponse:
    """Send a rendering of a release, made when it is asked for the first time."""
    key, _sep, shape = request.POST.get("export", "").partition(":")
    found = releases.download(actor, project.slug, number, format_key=key, shape=shape or None)
    response = FileResponse(
        found.path.open("rb"),
        as_attachment=True,
        filename=found.filename,
        content_type=found.media_type,
    )
    response.headers["Digest"] = f"sha-256={found.sha256}"
    return cast("HttpResponse", response)
