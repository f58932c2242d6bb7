"""Derived columns of items: written by flow.advance (states) and by whoever makes items due."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db import connection, transaction

from annotator.core import dbtime
from annotator.intake.models import Item


def lock_items(item_ids: Collection[int]) -> list[tuple[int, str]]:
    """Lock items in order of id, so that no two transactions wait for each other.

    Returns (id, state) of those that exist.
    """
    rows = Item.objects.select_for_update(of=("self",)) if _locks() else Item.objects.all()
    return list(rows.filter(pk__in=item_ids).order_by("pk").values_list("pk", "state"))


def _locks() -> bool:
    return connection.features.has_select_for_update


def mark_states(states: Mapping[int, str]) -> None:
    """Write the states of items; one UPDATE per state."""
    by_state: dict[str, list[int]] = {}
    for item_id, state in states.items():
        by_state.setdefault(state, []).append(item_id)
    for state, ids in by_state.items():
        Item.objects.filter(pk__in=ids).exclude(state=state).update(state=state)


def mark_due(item_ids: Collection[int]) -> None:
    """Let a worker advance these items soon."""
    Item.objects.filter(pk__in=item_ids, due_at__isnull=True).update(due_at=dbtime.now())


def due_items(limit: int) -> list[tuple[int, int]]:
    """Return (project, item) of due items, the oldest mark first."""
    rows = Item.objects.filter(due_at__isnull=False).order_by("due_at", "pk")
    return list(rows.values_list("project_id", "pk")[:limit])


@transaction.atomic
def clear_due(item_ids: Collection[int]) -> None:
    """Take the mark off, before advancing: a mark that comes later stays."""
    Item.objects.filter(pk__in=item_ids).update(due_at=None)
