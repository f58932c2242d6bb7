"""Derived columns: states, written by flow.advance, and what is due, by whoever makes it so."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from annotator.core import dbtime
from annotator.core.prepared import Prepared
from annotator.core.prepared_writes import PreparedUpdate
from annotator.intake.models import Item, Unit

AT_ONCE: Final = 1000
"""Ids in one statement: SQLite takes no more than some ten thousands."""


@dataclass(frozen=True, slots=True)
class ItemStanding:
    """An item as the order of things finds it."""

    id: int
    batch: int
    state: str
    augmented: bool
    """Its metadata says that its response is an augmented refusal."""


def _standings(items: Collection[int]) -> QuerySet[Item, tuple[int, int, str, object]]:
    rows = Item.objects.filter(pk__in=items).order_by("pk")
    return rows.values_list("pk", "batch_id", "state", "metadata__refusal_augmented")


_STANDINGS: Final = Prepared(_standings)
_LOCKED: Final = Prepared(lambda items: _standings(items).select_for_update(of=("self",)))


def standings(item_ids: Collection[int], *, lock: bool = False) -> tuple[ItemStanding, ...]:
    """Return how items stand, in order of id.

    `lock` locks them, always in this order, so that no two transactions wait for each other.
    """
    rows = (_LOCKED if lock else _STANDINGS)(items=item_ids)
    return tuple(ItemStanding(pk, batch, state, _is_true(flag)) for pk, batch, state, flag in rows)


def _is_true(flag: object) -> bool:
    """Whether metadata says yes: by the value, or by the word, as a CSV does."""
    return flag is True or (isinstance(flag, str) and flag.strip().lower() == "true")


def lock_items(item_ids: Collection[int]) -> None:
    """Lock items in order of id, so that no two transactions wait for each other."""
    standings(item_ids, lock=True)


_ITEM_STATES: Final = PreparedUpdate(
    lambda items, state: (Item.objects.filter(pk__in=items), {"state": state})
)
_DISCLOSED: Final = PreparedUpdate(
    lambda items, state: (
        Item.objects.filter(pk__in=items),
        {"state": state, "disclosed": True},
    )
)
_UNIT_STATES: Final = PreparedUpdate(
    lambda units, state: (Unit.objects.filter(pk__in=units), {"state": state})
)


def mark_states(states: Mapping[int, str]) -> None:
    """Write the states of items, which the caller knows to be other ones; one UPDATE per state.

    What nobody is asked to label any more is disclosed to every lead, for good.
    """
    for state, ids in _grouped(states).items():
        write = _DISCLOSED if state in Item.DISCLOSING else _ITEM_STATES
        write(items=tuple(ids), state=state)


def mark_unit_states(states: Mapping[int, str]) -> None:
    """Write the states of units, which the caller knows to be other ones; one UPDATE per state."""
    for state, ids in _grouped(states).items():
        _UNIT_STATES(units=tuple(ids), state=state)


def _grouped(states: Mapping[int, str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for pk, state in states.items():
        found.setdefault(state, []).append(pk)
    return found


def mark_due(item_ids: Collection[int]) -> None:
    """Let a worker advance these items soon."""
    now = dbtime.now()
    ordered = sorted(set(item_ids))
    with transaction.atomic():
        for start in range(0, len(ordered), AT_ONCE):
            rows = Item.objects.filter(pk__in=ordered[start : start + AT_ONCE])
            resting = rows.filter(Q(due_at__isnull=True) | Q(due_at__gt=now))
            # Like whoever advances: an UPDATE alone locks its rows in an order of its own.
            locked = resting.order_by("pk").select_for_update().values_list("pk", flat=True)
            Item.objects.filter(pk__in=list(locked)).update(due_at=now)


def rest_until(items: Mapping[int, datetime]) -> None:
    """Let these items be advanced once their time has come, if nothing does so before.

    One time serves them all, the latest: they rest for hours, and one UPDATE is enough.
    """
    if items:
        rows = Item.objects.filter(pk__in=items, due_at__isnull=True)
        rows.update(due_at=max(items.values()))


def due_items(limit: int, *, without: Collection[int] = ()) -> list[tuple[int, int]]:
    """Return (project, item) of due items, the oldest mark first, but for some projects."""
    rows = Item.objects.filter(due_at__lte=dbtime.now()).exclude(project__in=without)
    return list(rows.order_by("due_at", "pk").values_list("project_id", "pk")[:limit])


def clear_due(item_ids: Collection[int]) -> None:
    """Take the mark off items that the caller has locked and advances: a later mark stays."""
    Item.objects.filter(pk__in=item_ids, due_at__isnull=False).update(due_at=None)
