"""The quality page: how far people and jury agree, about what they do not, and why it matters."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotator.accounts.queries import Actor
from annotator.catalog.queries import MANAGERS, READERS, ProjectView, guidelines, role_of
from annotator.quality.queries.agreement import agreement
from annotator.quality.queries.categories import categories_forest, confusion_pairs
from annotator.quality.queries.decisions import contested, reason_counts
from annotator.quality.queries.jurors import REFERENCE, jurors
from annotator.quality.queries.people import people
from annotator.quality.queries.population import Scope
from annotator.quality.queries.votes import votes_csv
from annotator.web.http.access import in_project
from annotator.web.policies import policy_words
from annotator.web.quality.rows import (
    LIMIT,
    coefficients,
    forest,
    person_rows,
    prevalence,
    reason_rows,
    rule_effects,
)
from annotator.web.quality.switch import JURY, Switch, switch_of

PAIRS_SHOWN = 12


@require_GET
@in_project(READERS)
def quality(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Show the page for one target, question and population."""
    switch = switch_of(project, request.GET.dict())
    view = agreement(
        project,
        target=switch.target.key,
        question=switch.question.key,
        population=switch.population,
    )
    context = {
        "switch": switch,
        "with_jury": switch.who == JURY,
        "agreement": view,
        "coefficients": coefficients(view),
        "prevalence": prevalence(view, switch.question),
        "limit": LIMIT,
        "people": person_rows(people(project)),
        "reasons": reason_rows(reason_counts(project)),
        "contested": contested(project),
        "policy": policy_words(project),
        "may_change": role_of(actor, project.id) in MANAGERS,
        "rules": rule_effects(project, guidelines(project.id), switch.target.key),
        **_categories(project, switch),
        **_jurors(project, switch),
    }
    return render(request, "quality/page.html", context)


def _categories(project: ProjectView, switch: Switch) -> dict[str, object]:
    if not switch.asks_categories:
        return {"forest": (), "pairs": ()}
    target, population = switch.target.key, switch.population
    pairs = confusion_pairs(project, target, population=population)
    return {
        "forest": forest(project, categories_forest(project, target, population=population)),
        "pairs": pairs[:PAIRS_SHOWN],
        "more_pairs": max(0, len(pairs) - PAIRS_SHOWN),
    }


def _jurors(project: ProjectView, switch: Switch) -> dict[str, object]:
    if switch.who != JURY:
        return {}
    return {"jurors": jurors(project, target=switch.target.key), "reference": REFERENCE}


@require_GET
@in_project(READERS)
def votes(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Send the votes behind the page's figures, as the statistics command reads them."""
    switch = switch_of(project, request.GET.dict())
    scope = Scope(project, switch.target.key, switch.question.key, population=switch.population)
    response = StreamingHttpResponse(votes_csv(scope), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="votes.csv"'
    return cast("HttpResponse", response)
