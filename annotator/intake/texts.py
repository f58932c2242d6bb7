"""Reads of items' texts and units, for those who show or send them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from django.db.models import Case, Value, When
from django.db.models.functions import Substr

from annotator.core.prepared import Prepared
from annotator.intake.models import Item, Turn, Unit

BEGINNING: Final = 160
"""So many characters of an item stand for it in a list."""


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


_TEXTS: Final = Prepared(
    lambda items: (
        Item.objects.filter(pk__in=items)
        .order_by("pk", "turns__position")
        .values_list(
            "pk",
            "public_id",
            "external_id",
            "language",
            "turns__role",
            "turns__text__text",
            "turns__target",
        )
    )
)
_UNITS: Final = Prepared(
    lambda items: (
        Unit.objects.filter(item__in=items)
        .order_by("item_id", "position", "pk")
        .values_list("item_id", "pk", "target")
    )
)


def items_with_texts(item_ids: Collection[int]) -> dict[int, ItemView]:
    """Return items by id with turns and units, in two queries."""
    names: dict[int, tuple[str, str, str]] = {}
    turns: dict[int, list[TurnView]] = {}
    for pk, public_id, external_id, language, role, text, target in _TEXTS(items=item_ids):
        names[pk] = (public_id, external_id, language)
        if role is not None:  # an item without turns is one row all the same
            turns.setdefault(pk, []).append(TurnView(role, text, target))
    units = units_of(item_ids)
    return {
        pk: ItemView(
            id=pk,
            public_id=public_id,
            external_id=external_id,
            language=language,
            turns=tuple(turns.get(pk, ())),
            units=units.get(pk, ()),
        )
        for pk, (public_id, external_id, language) in names.items()
    }


def units_of(item_ids: Collection[int]) -> dict[int, tuple[UnitView, ...]]:
    """Return the units of items, in their order."""
    found: dict[int, list[UnitView]] = {}
    for item, pk, target in _UNITS(items=item_ids):
        found.setdefault(item, []).append(UnitView(pk, target))
    return {item: tuple(units) for item, units in found.items()}


def beginnings(item_ids: Collection[int]) -> dict[int, str]:
    """Return in a line how items begin: their first judged part, or what stands first."""
    rows = (
        Turn.objects.filter(item__in=item_ids)
        # Spaces go, so that a little more is read than is shown.
        .annotate(start=Substr("text__text", 1, 2 * BEGINNING))
        .order_by("item_id", Case(When(target="", then=Value(1)), default=Value(0)), "position")
        .values_list("item_id", "start")
    )
    found: dict[int, str] = {}
    for item, start in rows:
        found.setdefault(item, " ".join(start.split())[:BEGINNING])
    return found
