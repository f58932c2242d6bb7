"""The quality page: how far people and jury agree, about what they do not, and why it matters."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotator.accounts.queries import Actor
from annotator.catalog.queries import MANAGERS, READERS, ProjectView, guidelines, role_of
from annotator.flow.sealed import sealed_among
from annotator.quality.queries.agreement import AgreementView, agreement, everybody
from annotator.quality.queries.categories import categories_forest, confusion_pairs
from annotator.quality.queries.decisions import ContestedUnit
from annotator.quality.queries.figures import (
    of_contested,
    of_jurors,
    of_people,
    of_reasons,
)
from annotator.quality.queries.jurors import REFERENCE
from annotator.quality.queries.lines import lines
from annotator.quality.queries.parts import by_import, by_week
from annotator.quality.queries.population import Scope
from annotator.quality.queries.stored import Dated, Shelf
from annotator.quality.queries.votes import votes_csv
from annotator.web.http.access import in_project
from annotator.web.policies import policy_words
from annotator.web.quality.diagnosis import diagnoses
from annotator.web.quality.matrix import matrix
from annotator.web.quality.repeats import repeats
from annotator.web.quality.rows import (
    LIMIT,
    coefficients,
    dated,
    forest,
    line_rows,
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
    shelf = Shelf.of(project)
    target, question = switch.target.key, switch.question.key
    scope = Scope(project, target, question, switch.level, switch.population)
    counted = everybody(shelf, target=target, question=question, level=switch.level)
    view = agreement(
        project,
        target=target,
        question=question,
        level=switch.level,
        population=switch.population,
        shelf=shelf,
        counted=counted,
    )
    populations = lines(
        project,
        target=target,
        question=question,
        level=switch.level,
        shelf=shelf,
        counted=counted,
    )
    disputed = shelf.get(of_contested(project))
    context = {
        "sealed": sealed_among(actor, project, _named(view, disputed)),
        "switch": switch,
        "with_jury": switch.who == JURY,
        "agreement": view,
        "coefficients": coefficients(view),
        "prevalence": prevalence(view, switch.question),
        "limit": LIMIT,
        "lines": line_rows(populations, switch),
        "matrix": matrix(view),
        "diagnoses": diagnoses(view, switch.question),
        "weeks": by_week(scope),
        "imports": by_import(scope),
        "people": dated(shelf.get(of_people(project)), person_rows),
        "repeats": repeats(shelf),
        "reasons": dated(shelf.get(of_reasons(project)), reason_rows),
        "contested": disputed,
        "policy": policy_words(project),
        "may_change": role_of(actor, project.id) in MANAGERS,
        "rules": rule_effects(shelf, guidelines(project.id), target),
        **_categories(project, switch),
        **_jurors(shelf, switch),
    }
    return render(request, "quality/page.html", context)


def _named(view: AgreementView, disputed: Dated[tuple[ContestedUnit, ...]]) -> set[str]:
    """Return the items that the page names."""
    costly = view.at_level.costly if view.at_level else ()
    return {unit.item for unit in costly} | {unit.item for unit in disputed.value or ()}


def _categories(project: ProjectView, switch: Switch) -> dict[str, object]:
    if not switch.asks_categories:
        return {"forest": (), "pairs": ()}
    target, population = switch.target.key, switch.population
    pairs = confusion_pairs(project, target, population=population)
    found = categories_forest(project, target, population=population)
    rolled = categories_forest(project, target, population=population, rolled=True)
    return {
        "forest": forest(project, found, switch),
        "rolled": forest(project, rolled, switch),
        "pairs": pairs[:PAIRS_SHOWN],
        "more_pairs": max(0, len(pairs) - PAIRS_SHOWN),
    }


def _jurors(shelf: Shelf, switch: Switch) -> dict[str, object]:
    if switch.who != JURY:
        return {}
    found = shelf.get(of_jurors(shelf.project, switch.target.key))
    return {"jurors": found, "reference": REFERENCE}


@require_GET
@in_project(READERS)
def votes(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Send the votes behind the page's figures, as the statistics command reads them."""
    switch = switch_of(project, request.GET.dict())
    scope = Scope(project, switch.target.key, switch.question.key, switch.level, switch.population)
    response = StreamingHttpResponse(votes_csv(scope), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="votes.csv"'
    return cast("HttpResponse", response)
