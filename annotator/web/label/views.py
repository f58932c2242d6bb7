"""The labeling page. A GET shows what is held already and changes nothing; every write is a POST."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotator.accounts.queries import Actor
from annotator.catalog.queries import LABELERS, ProjectView
from annotator.core.errors import (
    AlreadyDone,
    Conflict,
    DomainError,
    IdempotencyMismatch,
    Invalid,
    LeaseLost,
    NotAllowed,
)
from annotator.flow import labeling
from annotator.flow.labeling import BlindItem
from annotator.web.http.access import in_project
from annotator.web.label.forms import Answers, drafted, posted
from annotator.web.label.page import guide_context, item_context


@dataclass(frozen=True, slots=True)
class Attempt:
    """A submit that flow refused."""

    assignment: str
    answers: Answers
    key: str
    error: Invalid

    @property
    def problems(self) -> Mapping[str, str]:
        """What is wrong, by field."""
        return self.error.fields or {"": self.error.message}


def _page(project: ProjectView) -> str:
    return f"/projects/{project.slug}/label"


def _show(
    request: HttpRequest,
    actor: Actor,
    project: ProjectView,
    item: BlindItem | None,
    *,
    attempt: Attempt | None = None,
    nothing_left: bool = False,
) -> HttpResponse:
    """Return the page, or for htmx the part of it that changes."""
    tally = labeling.tally(actor, project.slug)
    can_undo = tally.submitted > 0
    context: dict[str, object] = {
        "claim_url": f"{_page(project)}/claim",
        "nothing_left": nothing_left,
        "session": {"done": tally.session_submitted, "planned": None},
        "form": {"previous_url": f"{_page(project)}/previous" if can_undo else ""},
    }
    if item is None:
        context["takes_items"] = labeling.takes_items(actor, project.slug)
    else:
        context |= item_context(
            item,
            attempt.answers if attempt else drafted(item.draft),
            key=attempt.key if attempt else "",
            problems=attempt.problems if attempt else {},
            can_undo=can_undo,
        )
    partial = bool(request.headers.get("HX-Request"))
    guide = labeling.guide(actor, project.slug)
    if partial:
        context["guideline_version"] = guide.version if guide else ""
    else:
        context |= guide_context(guide, project.taxonomy)
    template = "label/_swap.html" if partial else "label/page.html"
    return render(request, template, context, status=400 if attempt else 200)


def _next(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Claim what comes next; a plain form is led back to the page that shows it."""
    try:
        item = labeling.claim(actor, project.slug)
    except NotAllowed:  # a lead who takes no items: the page says so
        return _stay(request, actor, project)
    if item is None:
        return _show(request, actor, project, None, nothing_left=True)
    if request.headers.get("HX-Request"):
        return _show(request, actor, project, item)
    return HttpResponseRedirect(_page(project), status=303)


@require_GET
@in_project(LABELERS)
def label(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Show the item in hand, or a button that asks for one."""
    return _show(request, actor, project, labeling.held(actor, project.slug))


@require_POST
@in_project(LABELERS)
def claim(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Lease the next item."""
    return _next(request, actor, project)


def _stay(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Show what is held now, after a write that did not lead on."""
    if request.headers.get("HX-Request"):
        return _show(request, actor, project, labeling.held(actor, project.slug))
    return HttpResponseRedirect(_page(project), status=303)


@require_POST
@in_project(LABELERS)
def submit(
    request: HttpRequest, actor: Actor, project: ProjectView, assignment: str
) -> HttpResponse:
    """Record an answer and go on; what cannot be recorded comes back filled in."""
    key = request.POST.get("idempotency_key", "")
    answers = posted(project.questions, request.POST)
    try:
        labeling.submit(
            actor,
            assignment,
            lease=request.POST.get("lease", ""),
            key=key,
            submission=answers.submission(),
        )
    except Invalid as error:
        return _refused(request, actor, project, Attempt(assignment, answers, key, error))
    except (Conflict, IdempotencyMismatch) as error:
        messages.warning(request, _conflict(error))
        return _stay(request, actor, project)
    return _next(request, actor, project)


def _refused(
    request: HttpRequest, actor: Actor, project: ProjectView, attempt: Attempt
) -> HttpResponse:
    item = labeling.held(actor, project.slug)
    if item is None or item.assignment != attempt.assignment:
        messages.error(request, " ".join(attempt.problems.values()))
        return _stay(request, actor, project)
    return _show(request, actor, project, item, attempt=attempt)


def _conflict(error: DomainError) -> str:
    if isinstance(error, LeaseLost):
        return _("Your time on that item ran out. Your answer is kept as a draft.")
    if isinstance(error, AlreadyDone):
        return _("That item was submitted already. Nothing was changed.")
    return error.message


@require_POST
@in_project(LABELERS)
def skip(request: HttpRequest, actor: Actor, project: ProjectView, assignment: str) -> HttpResponse:
    """Skip an item for a reason and go on."""
    try:
        labeling.skip(
            actor,
            assignment,
            lease=request.POST.get("lease", ""),
            reason=request.POST.get("reason", ""),
            note=request.POST.get("note", "").strip(),
        )
    except Conflict as error:
        messages.warning(request, _conflict(error))
        return _stay(request, actor, project)
    return _next(request, actor, project)


@require_POST
@in_project(LABELERS)
def release(
    request: HttpRequest, actor: Actor, project: ProjectView, assignment: str
) -> HttpResponse:
    """Give the item back and go home."""
    with contextlib.suppress(Conflict):  # it is gone already: what was wanted
        labeling.release(actor, assignment, lease=request.POST.get("lease", ""))
    messages.info(request, _("The item went back to the pool. What you saved of it is kept."))
    return HttpResponseRedirect("/", status=303)


@require_POST
@in_project(LABELERS)
def previous(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Withdraw the last submission: its item is back, with its answers, to be changed."""
    present = labeling.held(actor, project.slug)
    try:
        item = labeling.undo(actor, project.slug)
    except Conflict as error:
        messages.warning(request, error.message)
        return _stay(request, actor, project)
    if item is None:
        messages.info(request, _("There is nothing to undo."))
        return _stay(request, actor, project)
    if present is not None and present.assignment != item.assignment:
        # One item at a time: the one in hand goes back; its draft stays for when it returns.
        with contextlib.suppress(Conflict):
            labeling.release(actor, present.assignment, lease=present.lease)
    return _stay(request, actor, project)
