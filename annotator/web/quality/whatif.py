"""The what-if page: what another policy would do, applying it, and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from annotator.accounts.queries import Actor
from annotator.catalog.queries import MANAGERS, ProjectView
from annotator.core.errors import Conflict, Invalid, NotFound
from annotator.flow import jobs, redecide, refits, whatif
from annotator.flow.whatif import Wish
from annotator.intake.queries import item_count
from annotator.quality.queries.runs import fits as known_fits
from annotator.quality.queries.runs import proposals, runs
from annotator.web.http.access import in_project
from annotator.web.quality.fit_rows import fit_rows, run_row
from annotator.web.quality.whatif_form import PolicyForm, policy_form, written
from annotator.web.quality.whatif_rows import shown

STOP_POLLING: Final = 286
BAD: Final = 400


@require_GET
@in_project(MANAGERS)
def page(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Show the form, the figures of what it says, the proposed fits and the last re-decision."""
    fits = _ids(request.GET)
    form = policy_form(project, request.GET.dict())
    report: Mapping[str, Any] | None = None
    job = None
    if request.GET.get("job"):
        job = _job(actor, project, request.GET["job"])
        report = cast("Mapping[str, Any] | None", job.result if job.state == "done" else None)
        if report:
            form, fits = _form_of(project, report), tuple(report["fits"])
    elif fits:
        wanted = refits.accepted(project, fits)
        report = _at_once(project, wanted, slider=False)
    elif request.GET.get("show") and form.wanted:
        report = _at_once(project, form.wanted, slider=True)
    if request.headers.get("HX-Request") and job:
        # The bar turns by itself; once there is something new the whole page is asked for.
        status = 200 if job.running else STOP_POLLING
        response = render(request, "quality/_whatif_job.html", {"job": job}, status=status)
        if not job.running:
            response.headers["HX-Refresh"] = "true"
        return response
    asked = bool(request.GET.get("show"))
    bad = asked and form.wanted is None
    seen = report["in_force"]["version"] if report else project.policy.version
    context = {
        **_standing(actor, project),
        "form": form,
        "fits": fits,
        "job": job,
        "large": _is_large(project),
        "items": item_count(project.id),
        "figures": shown(project, report) if report else None,
        "seen": seen,
        "stale": seen != project.policy.version,
        "same": report is not None and not fits and _is_in_force(project, form),
    }
    return render(request, "quality/whatif.html", context, status=BAD if bad else 200)


def _standing(actor: Actor, project: ProjectView) -> dict[str, object]:
    """Return what the page shows whatever is asked: the last re-decision and the proposals."""
    latest = next(iter(runs(project.id, limit=1)), None)
    run = run_row(project, latest, jobs.listing(actor, project.slug))
    return {
        "run": run,
        "fit_rows": fit_rows(project, proposals(project.id), known_fits(project.id)),
        "has_panel": refits.has_panel(project),
    }


def _is_large(project: ProjectView) -> bool:
    """Whether a job makes the figures: too many items to wait for while the page is asked for."""
    return item_count(project.id) > settings.WHATIF_ITEMS_AT_ONCE


def _is_in_force(project: ProjectView, form: PolicyForm) -> bool:
    wanted = form.wanted
    return wanted is not None and (wanted.name, dict(wanted.options)) == (
        project.policy.name,
        dict(project.policy.options),
    )


def _at_once(project: ProjectView, wanted: Wish, *, slider: bool) -> Mapping[str, Any] | None:
    """Return the figures; None where there are too many items to wait for."""
    if _is_large(project):
        return None
    return whatif.what_if(project, wanted, slider=slider)


def _form_of(project: ProjectView, report: Mapping[str, Any]) -> PolicyForm:
    said = report["policy"]
    posted = {f"option-{name}": written(value) for name, value in said["options"].items()}
    return policy_form(project, {"policy": said["name"], **posted})


def _ids(posted: QueryDict) -> tuple[int, ...]:
    found = posted.getlist("fit")
    if any(not each.isdigit() or len(each) > 18 for each in found):
        raise NotFound("There is no such fit.")
    return tuple(int(each) for each in found)


def _job(actor: Actor, project: ProjectView, public_id: str) -> jobs.JobView:
    found = jobs.view(actor, public_id)
    if found.project != project.slug or found.kind != "whatif":
        raise NotFound("There is no such job.")
    return found


def _place(project: ProjectView, **query: str) -> str:
    address = reverse("whatif", kwargs={"slug": project.slug})
    return f"{address}?{urlencode(query)}" if query else address


@require_POST
@in_project(MANAGERS)
def figures(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Let a job make the figures of a project with many items; or show a policy's options."""
    if request.POST.get("look"):
        return HttpResponseRedirect(_place(project, policy=request.POST.get("policy", "")))
    fits = _ids(request.POST)
    form = policy_form(project, request.POST.dict())
    if form.wanted is None and not fits:
        query = {k: v for k, v in request.POST.items() if k != "csrfmiddlewaretoken"}
        return HttpResponseRedirect(_place(project, **{**query, "show": "1"}))  # type: ignore[arg-type] # texts
    try:
        job = whatif.start(actor, project.slug, form.name, form.values, slider=not fits, fits=fits)
    except Conflict as error:
        messages.warning(request, error.message)
        return HttpResponseRedirect(_place(project))
    return HttpResponseRedirect(_place(project, job=job))


@require_POST
@in_project(MANAGERS)
def apply(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Put a policy, or the policy in force with proposed fits, into force."""
    fits = _ids(request.POST)
    seen = request.POST.get("seen", "")
    form = policy_form(project, request.POST.dict())
    wanted = refits.accepted(project, fits) if fits else form.wanted
    if wanted is None or not seen.isdigit():
        raise Invalid(_("The policy is not valid. Nothing was changed."))
    redecide.start(actor, project.slug, wanted, seen=int(seen), fits=fits)
    messages.success(request, _("The policy is in force. What was decided is decided again now."))
    return HttpResponseRedirect(_place(project))


@require_POST
@in_project(MANAGERS)
def roll_back(request: HttpRequest, actor: Actor, project: ProjectView, run: int) -> HttpResponse:
    """Put the earlier policy and its decisions into force again."""
    redecide.roll_back(actor, project.slug, run)
    messages.success(request, _("The earlier policy is in force again; decisions are restored."))
    return HttpResponseRedirect(_place(project))


@require_POST
@in_project(MANAGERS)
def resume(request: HttpRequest, actor: Actor, project: ProjectView, run: int) -> HttpResponse:
    """Go on with a re-decision that was stopped."""
    redecide.resume(actor, project.slug, run)
    messages.success(request, _("It goes on where it was."))
    return HttpResponseRedirect(_place(project))


@require_POST
@in_project(MANAGERS)
def fit_now(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Fit the panel on the votes there are, and propose what is new."""
    if _is_large(project):
        refits.start(actor, project.slug)
        messages.success(request, _("The panel is fitted. What is new will stand here."))
        return HttpResponseRedirect(_place(project))
    made = refits.refit_now(actor, project.slug)
    if made:
        said = ngettext("%(n)s fit is proposed.", "%(n)s fits are proposed.", len(made))
        messages.success(request, said % {"n": len(made)})
    else:
        messages.info(
            request, _("Nothing new to propose: too few votes, or the same fit as before.")
        )
    return HttpResponseRedirect(_place(project))


@require_POST
@in_project(MANAGERS)
def dismiss(request: HttpRequest, actor: Actor, project: ProjectView, fit: int) -> HttpResponse:
    """Dismiss a proposed fit."""
    refits.dismiss(actor, project.slug, fit)
    messages.info(request, _("The proposal was dismissed. The policy stays as it is."))
    return HttpResponseRedirect(_place(project))
