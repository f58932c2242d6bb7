"""Home: a person's projects, and where their work goes on."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotator.accounts.queries import Actor
from annotator.catalog.queries import ANNOTATOR, LABELERS, ProjectCard, project_for, projects_of
from annotator.flow import labeling
from annotator.flow.labeling import BlindItem
from annotator.labeling.queries import Tally
from annotator.web.http.access import signed_in
from annotator.web.http.place import Place, enter


@dataclass(frozen=True, slots=True)
class Work:
    """A project in a person's list, with their own counts."""

    card: ProjectCard
    tally: Tally | None
    held: BlindItem | None

    @property
    def leads(self) -> bool:
        """Whether the person sees the project from above."""
        return self.card.role != ANNOTATOR

    @property
    def minutes(self) -> int:
        """Active minutes of the session at hand."""
        return round(self.tally.session_seconds / 60) if self.tally else 0


@require_GET
@signed_in
def home(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show a person's work; who leads one project alone goes straight to its overview."""
    cards = projects_of(actor)
    if len(cards) == 1 and cards[0].role != ANNOTATOR:
        return HttpResponseRedirect(f"/projects/{cards[0].slug}")
    if len(cards) == 1:
        # One project: its navigation and its banner stand on the home page too.
        enter(request, Place(actor, project_for(actor, cards[0].slug), cards[0].role))
    work = [_work(actor, card) for card in cards]
    first = next((each for each in work if not each.leads), None)
    guide = labeling.guide(actor, first.card.slug) if first else None
    changed = [section for section in guide.sections if section.changed] if guide else []
    context = {
        "work": work,
        "first": first,
        "changed": changed[:4],
        "sample": any(card.is_sample for card in cards),
        "many": len(cards) > 1,
    }
    return render(request, "home/home.html", context)


def _work(actor: Actor, card: ProjectCard) -> Work:
    if card.role not in LABELERS:
        return Work(card, None, None)
    return Work(
        card=card,
        tally=labeling.tally(actor, card.slug),
        held=labeling.held(actor, card.slug),
    )
