"""A project from above, for those who lead it: how far it is, and its units one by one."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from annotator.accounts.queries import Actor
from annotator.catalog.queries import MANAGERS, ProjectView, project_for, standing_in
from annotator.core.errors import Invalid, NotFound
from annotator.flow.sealed import seals
from annotator.intake.models import Unit
from annotator.intake.queries import item_count, unit_counts, unit_page
from annotator.labeling.queries import SeatCounts, seat_counts
from annotator.panel import queries as panel
from annotator.quality.models import Ruling

UNIT_STATES: Final = tuple(state.value for state in Unit.State if state is not Unit.State.NOT_ASKED)
UNIT_ID: Final = re.compile(r"([A-Za-z0-9_-]{1,32}):([a-z0-9_]+(?::[0-9]+)?)")


@dataclass(frozen=True, slots=True)
class ProgressView:
    """How far a project is; `spend` is what calls of known price have cost."""

    items: int
    units: Mapping[str, int]
    seats: SeatCounts
    annotations: int
    opinions: Mapping[str, Mapping[str, int]]
    spend: float


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit in a list; `id` is the item's public id and the target, `rulings` by question."""

    id: str
    item: str
    external_id: str
    target: str
    state: str | None
    """None: sealed for the reader, who may still label the item."""
    rulings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class UnitPage:
    """Some units; `following` is the last one looked at, None where no others follow it.

    By state, those that are sealed for the reader are left out: a page may be short.
    """

    rows: tuple[UnitRow, ...]
    following: str | None


def progress(actor: Actor, slug: str) -> ProgressView:
    """Return how far a project is. Raises NotFound, NotAllowed."""
    project = project_for(actor, slug, MANAGERS)
    units = unit_counts(project.id)
    seats = seat_counts(project.id)
    return ProgressView(
        items=item_count(project.id),
        units={state: units[state] for state in UNIT_STATES},
        seats=seats,
        annotations=seats.done,  # each done seat has exactly one that stands
        opinions=panel.progress(project.id),
        spend=panel.spent(project.id),
    )


def unit_list(
    actor: Actor, slug: str, *, state: str = "", after: str = "", limit: int = 100
) -> UnitPage:
    """Return units in the order of their import, those behind the unit `after`.

    Raises Invalid for an unknown state or place, NotFound, NotAllowed.
    """
    standing = standing_in(actor, slug, MANAGERS)
    project = standing.project
    if state and state not in UNIT_STATES:
        message = f"Unknown state {state!r}; one of {', '.join(UNIT_STATES)}."
        raise Invalid(message, fields={"state": message})
    states = (state,) if state else UNIT_STATES
    place = _place(project, after) if after else 0
    found = unit_page(project.id, states=states, after=place, limit=limit + 1)
    page = found[:limit]
    rulings = _rulings([unit.id for unit in page])
    sealed = seals(actor.id, standing, {unit.item_id for unit in page})
    rows = []
    for unit in page:
        hidden = unit.item_id in sealed
        if hidden and state:
            continue
        rows.append(
            UnitRow(
                id=f"{unit.item}:{unit.target}",
                item=unit.item,
                external_id=unit.external_id,
                target=unit.target,
                state=None if hidden else unit.state,
                rulings={} if hidden else rulings.get(unit.id, {}),
            )
        )
    last = page[-1] if len(found) > limit else None
    return UnitPage(tuple(rows), f"{last.item}:{last.target}" if last else None)


def find_unit(project: ProjectView, unit_id: str) -> Unit:
    """Return a project's unit by its public name; raises NotFound."""
    name = UNIT_ID.fullmatch(unit_id)
    found = name and (
        Unit.objects.select_related("item")
        .filter(item__public_id=name[1], target=name[2], project=project.id)
        .first()
    )
    if not found:
        raise NotFound("There is no such unit.")
    return found


def _place(project: ProjectView, unit_id: str) -> int:
    try:
        return find_unit(project, unit_id).pk
    except NotFound as error:
        message = "The cursor is not one of this list."
        raise Invalid(message, fields={"cursor": message}) from error


def _rulings(unit_ids: Collection[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    rows = Ruling.objects.filter(unit__in=unit_ids, current=True).order_by("question")
    for unit, question, value in rows.values_list("unit", "question", "value"):
        found.setdefault(unit, {})[question] = value
    return found
