"""The list of items, and one item with everything."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotator.accounts.queries import Actor
from annotator.catalog.queries import READERS, ProjectView
from annotator.core.errors import Conflict
from annotator.flow import items, review
from annotator.flow.items import ItemRow
from annotator.flow.revealed import SealedItem
from annotator.flow.sealed import FINAL_AFTER
from annotator.web.http.access import in_project
from annotator.web.items.page import decisions, history, state_words, voices
from annotator.web.marks import Mark, mark
from annotator.web.texts import language_name, shown

TONES = {"label_again": "caution", "with_lead": "unsafe", "settled": "safe", "in_work": "accent"}


@dataclass(frozen=True, slots=True)
class View:
    """A filter of the list, with its count."""

    key: str
    label: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class Column:
    """The votes of one target on one row."""

    target: str
    people: tuple[Mark, ...] | None
    jury: tuple[Mark, ...] | None


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the list."""

    item: ItemRow
    state: str
    tone: str
    columns: tuple[Column, ...]


@require_GET
@in_project(READERS)
def listing(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Show a page of items by state or by the beginning of their id."""
    state = request.GET.get("state", "")
    search = request.GET.get("search", "").strip()
    found = items.items_list(
        actor, project.slug, state=state, search=search, cursor=request.GET.get("cursor", "")
    )
    base = f"/projects/{project.slug}/items"
    views = [View("", _("All"), found.total, base)]
    views += [
        View(key, state_words(key), count, f"{base}?{urlencode({'state': key})}")
        for key, count in found.counts.items()
    ]
    query = {"state": state, "search": search, "cursor": found.following}
    context = {
        "page_url": base,
        "data_url": f"/projects/{project.slug}/data",
        "views": views,
        "state": state,
        "search": search,
        "targets": [target for target in project.targets if target.people or target.jury],
        "lines": [_line(project, row) for row in found.rows],
        "left_out": found.left_out,
        "next_url": f"{base}?{urlencode(query)}" if found.following else "",
        "first_url": request.GET.get("cursor", "")
        and f"{base}?{urlencode(query | {'cursor': ''})}",
    }
    return render(request, "items/list.html", context)


def _line(project: ProjectView, row: ItemRow) -> Line:
    question = project.questions[0]
    columns = []
    for target in project.targets:
        if not (target.people or target.jury):
            continue
        keys = [key for key in row.targets if key.partition(":")[0] == target.key]
        people = tuple(mark(question, value) for key in keys for value in row.people[key])
        jury = tuple(mark(question, value) for key in keys for value in row.jury[key])
        said = bool(keys) and not row.sealed
        columns.append(Column(target.title, people if said else None, jury if said else None))
    state = _("Sealed for you") if row.sealed else state_words(row.state)
    return Line(row, state, TONES.get(row.state, ""), tuple(columns))


@require_GET
@in_project(READERS)
def item(request: HttpRequest, actor: Actor, project: ProjectView, item_id: str) -> HttpResponse:
    """Show an item: texts, votes, jury, decisions in words, what happened; or its texts alone."""
    revealed = review.item_page(actor, project.slug, item_id)
    if isinstance(revealed, SealedItem):
        return _sealed(request, project, revealed)
    context = {
        "item": revealed,
        "language_name": language_name(revealed.language),
        "messages_shown": shown(
            revealed.messages,
            {unit.target: [each.schema for each in unit.questions] for unit in revealed.units},
        ),
        "state": state_words(revealed.state),
        "tone": TONES.get(revealed.state, ""),
        "people": voices(revealed, project, revealed.people),
        "jurors": voices(revealed, project, revealed.jurors),
        "decisions": [
            (each, state_words(each.outcome), TONES.get(_state_of(each.outcome), ""))
            for each in decisions(revealed, project)
        ],
        "history": history(revealed, project),
        "page_url": f"/projects/{project.slug}/items",
        "can_decide": revealed.state == "with_lead",
    }
    return render(request, "items/item.html", context)


def _sealed(request: HttpRequest, project: ProjectView, item: SealedItem) -> HttpResponse:
    context = {
        "item": item,
        "language_name": language_name(item.language),
        "messages_shown": shown(
            item.messages,
            {unit.target: project.questions_for(unit.target) for unit in item.units},
        ),
        "seal": item.seal.value,
        "minutes": int(FINAL_AFTER.total_seconds() // 60),
        "page_url": f"/projects/{project.slug}/items",
    }
    return render(request, "items/sealed.html", context)


@require_POST
@in_project(READERS)
def unseal(request: HttpRequest, actor: Actor, project: ProjectView, item_id: str) -> HttpResponse:
    """Show an item to a lead who gives it up, or whose answer on it is final."""
    page = f"/projects/{project.slug}/items/{item_id}"
    try:
        review.unseal(actor, project.slug, item_id)
    except Conflict as error:
        messages.warning(request, error.message)
    return HttpResponseRedirect(page, status=303)


def _state_of(outcome: str) -> str:
    return {"reannotate": "label_again", "adjudicate": "with_lead"}.get(outcome, outcome)
