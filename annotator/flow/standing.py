"""How far a unit and an item are, given where each question stands."""

from __future__ import annotations

from collections.abc import Collection

from annotator.intake.models import Item, Unit
from annotator.quality.models import Decision

# From least to most finished: an item's state is that of its least finished unit.
FINISH = (
    Item.State.OPEN,
    Item.State.IN_WORK,
    Item.State.LABEL_AGAIN,
    Item.State.WITH_LEAD,
    Item.State.SETTLED,
)


def unit_state(standing: Collection[str]) -> Unit.State:
    """Return a unit's state: that of its least finished question, given where each stands."""
    if not standing:
        return Unit.State.NOT_ASKED
    if "waiting" in standing:
        return Unit.State.OPEN
    for least in (Unit.State.REANNOTATE, Unit.State.ADJUDICATE):
        if least in standing:
            return least
    return Unit.State.SETTLED


def item_part(standing: str, *, voted: bool) -> Item.State:
    """Return how far an item is by one question of it; `voted`: a person has answered it."""
    if standing == "waiting":
        return Item.State.IN_WORK if voted else Item.State.OPEN
    return {
        Decision.Outcome.SETTLED.value: Item.State.SETTLED,
        Decision.Outcome.REANNOTATE.value: Item.State.LABEL_AGAIN,
        Decision.Outcome.ADJUDICATE.value: Item.State.WITH_LEAD,
    }[standing]
