"""The jury's page: how its run goes, what it costs, how far its jurors can be trusted."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from annotator.accounts.queries import Actor
from annotator.catalog.queries import MANAGERS, ProjectView
from annotator.core.errors import Conflict
from annotator.flow import jury as asking
from annotator.flow import jury_jobs
from annotator.panel import queries as panel
from annotator.panel.queries import abstention_counts, juror_seats
from annotator.quality.queries.jurors import REFERENCE, juror_agreement, jurors
from annotator.quality.queries.weights import REFERENCE as WEIGHTS_REFERENCE
from annotator.quality.queries.weights import juror_weights
from annotator.web.http.access import in_project
from annotator.web.jury.rows import abstention_words, run_of, shared_families

STOP_POLLING = 286


@require_GET
@in_project(MANAGERS)
def jury(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Show the run and the jurors' records; htmx gets the run alone, 286 once it rests."""
    seats = juror_seats(project.id)
    run = run_of(
        seats,
        panel.progress(project.id),
        spent=panel.spent(project.id),
        limit=project.spend_limit,
    )
    if request.headers.get("HX-Request"):
        status = 200 if run.moving else STOP_POLLING
        return render(request, "jury/_run.html", {"run": run}, status=status)
    abstentions = abstention_words(abstention_counts(project.id))
    context = {
        "run": run,
        "families": shared_families(seats),
        "records": jurors(project),
        "pairs": [pair for pair in juror_agreement(project) if pair.comparison.n],
        "reference": REFERENCE,
        "weights": juror_weights(project),
        "weights_reference": WEIGHTS_REFERENCE,
        "abstentions": abstentions,
        "abstained": sum(n for _reason, n in abstentions),
        "scripted": {row.seat.name for row in run.seats if row.scripted},
    }
    return render(request, "jury/page.html", context)


@require_POST
@in_project(MANAGERS)
def control(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Run, pause, resume, stop the jury, or ask again what failed."""
    action = request.POST.get("action", "")
    try:
        said = _do(actor, project, action)
    except Conflict as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, said)
    return HttpResponseRedirect(reverse("jury", kwargs={"slug": project.slug}))


def _do(actor: Actor, project: ProjectView, action: str) -> str:
    if action in {"run", "retry_failed"}:
        jury_jobs.start(actor, project.slug, retry_failed=action == "retry_failed")
        return _("The jury is asked. You can leave this page.")
    touched = asking.control(actor, project.slug, action)
    if action == "pause":
        return _("The jury is paused. What is queued waits; nothing is lost.")
    if action == "resume":
        return _("The jury goes on.")
    said = ngettext(
        "Stopped: %(n)s inquiry was taken back.",
        "Stopped: %(n)s inquiries were taken back.",
        touched,
    )
    return said % {"n": touched}
