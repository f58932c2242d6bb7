"""Reads of items' texts and units, for those who show or send them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from annotator.intake.models import Item, Turn, Unit


@dataclass(frozen=True, slots=True)
class TurnView:
    """A message; `target` names the judged part it is, empty for context."""

    role: str
    content: str
    target: str


@dataclass(frozen=True, slots=True)
class UnitView:
    """A unit by id and target."""

    id: int
    target: str


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item's own text and units: nothing of what anybody said about it."""

    id: int
    public_id: str
    external_id: str
    language: str
    turns: tuple[TurnView, ...]
    units: tuple[UnitView, ...]


def items_with_texts(item_ids: Collection[int]) -> dict[int, ItemView]:
    """Return items by id with turns and units, in a fixed number of queries."""
    turns: dict[int, list[TurnView]] = {}
    for row in (
        Turn.objects.filter(item__in=item_ids)
        .select_related("text")
        .order_by("item_id", "position")
    ):
        turns.setdefault(row.item_id, []).append(TurnView(row.role, row.text.text, row.target))
    units: dict[int, list[UnitView]] = {}
    for unit in Unit.objects.filter(item__in=item_ids).order_by("item_id", "position", "pk"):
        units.setdefault(unit.item_id, []).append(UnitView(unit.pk, unit.target))
    return {
        row.pk: ItemView(
            id=row.pk,
            public_id=row.public_id,
            external_id=row.external_id,
            language=row.language,
            turns=tuple(turns.get(row.pk, ())),
            units=tuple(units.get(row.pk, ())),
        )
        for row in Item.objects.filter(pk__in=item_ids)
    }
