"""A project's overview: where items are, what needs a lead, who is at work."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotator.accounts.queries import Actor
from annotator.catalog.queries import ANNOTATOR, MANAGER, READERS, ProjectView, role_of
from annotator.core.errors import Conflict
from annotator.flow import lead, review
from annotator.flow.lead import FirstSteps, Glance
from annotator.flow.waiting import waiting
from annotator.quality.queries.agreement import AgreementView, agreement
from annotator.release.queries import exports, releases
from annotator.web.http.access import in_project
from annotator.web.overview.needs import SHORT, needs_of


@dataclass(frozen=True, slots=True)
class State:
    """One of the five states, with its share of the bar."""

    key: str
    label: str
    text: str
    kind: str
    count: int
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Step:
    """One of the first steps; `post` is the step to remember on the way, if any."""

    at: str
    title: str
    text: str
    action: str
    url: str
    done: bool
    post: str = ""


def _states(glance: Glance) -> tuple[State, ...]:
    words: dict[str, tuple[str, str, str]] = {
        "open": (_("Open"), _("Nobody has judged it yet"), "mute"),
        "in_work": (_("In work"), _("First answers are coming in"), ""),
        "label_again": (_("Label again"), _("One more person is asked"), "caution"),
        "with_lead": (_("With a lead"), _("Disputes to decide"), "unsafe"),
        "settled": (_("Settled"), _("The ruling is stored"), "safe"),
    }
    found = []
    start = 0.0
    for key, (label, text, kind) in words.items():
        count = glance.states.get(key, 0)
        width = 100 * count / glance.imported if glance.imported else 0.0
        found.append(State(key, label, text, kind, count, round(start, 3), round(width, 3)))
        start += width
    return tuple(found)


def _steps(steps: FirstSteps, base: str, imported: int) -> tuple[Step, ...]:
    return (
        Step(
            "0:00",
            _("See where things are"),
            _("%(n)d items in five states, and the lines that need you.") % {"n": imported},
            _("Read this page"),
            "#states",
            done=True,
        ),
        Step(
            "0:40",
            _("Label 3 items"),
            _("Number keys and Enter. No jury in sight.")
            + (f" {_('So far: %(n)d.') % {'n': steps.labeled}}" if 0 < steps.labeled < 3 else ""),
            _("Label"),
            f"{base}/label",
            done=steps.labeled >= lead.LABELS_TO_TRY,
        ),
        Step(
            "2:00",
            _("See what your votes did"),
            _("Votes, jury pattern and decision in words. Your answer is final then."),
            _("Open item"),
            f"{base}/items/{steps.last_item}" if steps.last_item else f"{base}/items",
            done=steps.saw_item,
            post="item",
        ),
        Step(
            "2:50",
            _("Decide one dispute"),
            _("Take a value and cite a rule."),
            _("Decide"),
            f"{base}/adjudicate",
            done=steps.decided,
        ),
        Step(
            "3:40",
            _("Check a number"),
            _("Open alpha: n, population, interval, and the same digits from the command line."),
            _("Check"),
            f"{base}/quality",
            done=steps.saw_quality,
            post="quality",
        ),
        Step(
            "4:30",
            _("Freeze and export"),
            _("A gate may fail honestly. Override it with a reason, then load the file."),
            _("Freeze"),
            f"{base}/releases",
            done=steps.frozen,
        ),
    )


@require_GET
@in_project()
def overview(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Show the project from above; annotators are led home."""
    role = role_of(actor, project.id)
    if role == ANNOTATOR:
        return HttpResponseRedirect("/")
    base = f"/projects/{project.slug}"
    glance = lead.glance(actor, project.slug)
    first = lead.first_steps(actor, project)
    steps = _steps(first, base, glance.imported) if first else ()
    decides = role in {"adjudicator", MANAGER}
    context = {
        "base": base,
        "glance": glance,
        "states": _states(glance),
        "needs": needs_of(
            glance,
            waiting(actor, project.slug),
            base,
            decides=decides,
            manages=role == MANAGER,
        ),
        "steps": steps,
        "steps_done": sum(1 for step in steps if step.done),
        "waiting": glance.states.get("with_lead", 0) if decides else 0,
        "releases": releases(project.id)[:SHORT],
        "exports": exports(project.id, limit=SHORT),
        "manages": role == MANAGER,
    }
    return render(request, "overview/overview.html", context)


@require_GET
@in_project(READERS)
def agreement_card(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Show agreement on each target; a part of its own, since its interval takes a while."""
    figures: list[tuple[str, AgreementView]] = []
    for target in project.targets:
        questions = project.questions_for(target.key)
        if target.people and questions:
            view = agreement(project, target=target.key, question=questions[0].key)
            figures.append((target.title, view))
    context = {"figures": figures, "base": f"/projects/{project.slug}"}
    return render(request, "overview/_agreement.html", context)


@require_POST
@in_project(READERS)
def take_step(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Remember a first step and go where it leads."""
    step = request.POST.get("step", "")
    lead.take_step(actor, project.slug, step)
    base = f"/projects/{project.slug}"
    steps = lead.first_steps(actor, project)
    if step == "quality":
        return HttpResponseRedirect(f"{base}/quality", status=303)
    item = ""
    if steps and steps.last_item:
        item = f"/{steps.last_item}"
        with contextlib.suppress(Conflict):  # they have it in hand: its page says so
            review.unseal(actor, project.slug, steps.last_item)
    return HttpResponseRedirect(f"{base}/items{item}", status=303)


@require_POST
@in_project(READERS)
def dismiss_steps(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Put the first steps away."""
    lead.dismiss_steps(actor, project.slug)
    return HttpResponseRedirect(f"/projects/{project.slug}", status=303)
