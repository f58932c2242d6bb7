"""Adjudication: one disputed item, everybody's answers without names, and the final one."""

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
from annotator.catalog.queries import LEADS, ProjectView, guidelines
from annotator.core.errors import Conflict, IdempotencyMismatch, Invalid
from annotator.core.ids import secret
from annotator.flow import labeling, review
from annotator.flow.labeling import ADJUDICATE
from annotator.intake.queries import state_counts
from annotator.web.http.access import in_project
from annotator.web.marks import category_name
from annotator.web.review.forms import Decided, decided, reason_choices
from annotator.web.review.matrix import matrix
from annotator.web.texts import language_name, shown


@dataclass(frozen=True, slots=True)
class Attempt:
    """A decision that flow refused."""

    decided: Decided
    key: str
    error: Invalid

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong."""
        return tuple(self.error.fields.values()) or (self.error.message,)


@dataclass(frozen=True, slots=True)
class Rule:
    """A section of the guide that a decision can rely on."""

    section: str
    title: str


def _page(project: ProjectView) -> str:
    return f"/projects/{project.slug}/adjudicate"


def rules(project: ProjectView) -> tuple[Rule, ...]:
    """Return the guide's sections: categories first, then the general ones."""
    guide = guidelines(project.id)
    if guide is None:
        return ()
    sections = [
        Rule(section.section, category_name(project.taxonomy, section.category))
        for section in guide.sections
    ]
    general = [Rule(part.get("section", ""), part.get("title", "")) for part in guide.general]
    return (*sections, *general)


def _show(
    request: HttpRequest, actor: Actor, project: ProjectView, attempt: Attempt | None = None
) -> HttpResponse:
    item = review.dispute(actor, project.slug)
    tally = labeling.tally(actor, project.slug)
    context: dict[str, object] = {
        "page_url": _page(project),
        "waiting": state_counts(project.id)["with_lead"],
        "can_undo": tally.submitted > 0,
    }
    if item is not None and item.seat is not None:
        given = attempt.decided.verdicts if attempt else _drafted(item.seat.draft)
        context |= {
            "item": item,
            "language_name": language_name(item.language),
            "messages_shown": shown(
                item.messages,
                {unit.target: [each.schema for each in unit.questions] for unit in item.units},
            ),
            "matrix": matrix(item, project.taxonomy, given),
            "why": [
                (unit, question)
                for unit in item.units
                for question in unit.questions
                if question.schema.key in unit.asked
            ],
            "asked_targets": [unit.target for unit in item.units if unit.asked],
            "reasons": reason_choices(),
            "rules": rules(project),
            "form": attempt.decided if attempt else None,
            "problems": attempt.problems if attempt else (),
            "key": attempt.key if attempt else secret(),
            "jury_shown": bool(request.GET.get("jury")) or attempt is not None,
        }
    status = 400 if attempt else 200
    return render(request, "review/adjudicate.html", context, status=status)


def _drafted(body: Mapping[str, object]) -> Mapping[str, Mapping[str, object]]:
    verdicts = body.get("verdicts")
    if not isinstance(verdicts, Mapping):
        return {}
    return {str(k): dict(v) for k, v in verdicts.items() if isinstance(v, Mapping)}


@require_GET
@in_project(LEADS)
def adjudicate(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Show the dispute in hand, or a button that asks for one."""
    return _show(request, actor, project)


@require_POST
@in_project(LEADS)
def claim(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Lease the next dispute."""
    if labeling.claim(actor, project.slug, ADJUDICATE) is None:
        messages.info(request, _("Nothing waits for a decision now."))
    return HttpResponseRedirect(_page(project), status=303)


@require_POST
@in_project(LEADS)
def decide(
    request: HttpRequest, actor: Actor, project: ProjectView, assignment: str
) -> HttpResponse:
    """Record the final answer and take the next dispute."""
    given = decided(project.questions, request.POST)
    key = request.POST.get("idempotency_key", "")
    try:
        review.decide(
            actor,
            assignment,
            lease=request.POST.get("lease", ""),
            key=key,
            submission=given.submission(),
        )
    except Invalid as error:
        return _show(request, actor, project, Attempt(given, key, error))
    except (Conflict, IdempotencyMismatch) as error:
        messages.warning(request, error.message)
        return HttpResponseRedirect(_page(project), status=303)
    messages.success(request, _("Decided. The ruling is stored."))
    labeling.claim(actor, project.slug, ADJUDICATE)
    return HttpResponseRedirect(_page(project), status=303)


@require_POST
@in_project(LEADS)
def release(
    request: HttpRequest, actor: Actor, project: ProjectView, assignment: str
) -> HttpResponse:
    """Give the dispute back for another lead."""
    with contextlib.suppress(Conflict):  # it is gone already: what was wanted
        labeling.release(actor, assignment, lease=request.POST.get("lease", ""))
    messages.info(request, _("The item went back to the queue of the leads."))
    return HttpResponseRedirect(f"/projects/{project.slug}", status=303)


@require_POST
@in_project(LEADS)
def previous(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Withdraw the last decision: its item is back."""
    present = labeling.held(actor, project.slug, ADJUDICATE)
    try:
        item = labeling.undo(actor, project.slug, ADJUDICATE)
    except Conflict as error:
        messages.warning(request, error.message)
        return HttpResponseRedirect(_page(project), status=303)
    if item is None:
        messages.info(request, _("There is nothing to undo."))
    elif present is not None and present.assignment != item.assignment:
        with contextlib.suppress(Conflict):
            labeling.release(actor, present.assignment, lease=present.lease)
    return HttpResponseRedirect(_page(project), status=303)
