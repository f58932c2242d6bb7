"""Reads of imports and items, as values."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from annotator.intake.models import Batch, Item, Unit
from annotator.intake.state_counts import ITEM, UNIT, Place, counts_of


@dataclass(frozen=True, slots=True)
class BatchView:
    """One import and what became of its rows."""

    number: int
    filename: str
    sha256: str
    rows: int
    imported: int
    already_present: int
    rejected: int
    id_reused: int
    duplicate_text: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NearPair:
    """Two items of one import whose texts are nearly the same."""

    item: str
    item_external_id: str
    near: str
    near_external_id: str


def batches(project_id: int, limit: int = 100) -> tuple[BatchView, ...]:
    """Return a project's imports, the newest first."""
    rows = Batch.objects.filter(project=project_id).order_by("-number")[:limit]
    return tuple(
        BatchView(
            number=row.number,
            filename=row.filename,
            sha256=row.sha256,
            rows=row.rows,
            imported=row.imported,
            already_present=row.already_present,
            rejected=row.rejected,
            id_reused=row.id_reused,
            duplicate_text=row.duplicate_text,
            created_at=row.created_at,
        )
        for row in rows
    )


def item_count(project_id: int) -> int:
    """Return how many items a project has."""
    return sum(state_counts(project_id).values())


def has_items(project_id: int) -> bool:
    """Return whether anything has been imported."""
    return Item.objects.filter(project=project_id).exists()


def state_counts(project_id: int) -> dict[str, int]:
    """Return how many items are in each state, zeros too; the states exclude each other."""
    return summed(batch_state_counts(project_id))


def summed(by_batch: Mapping[int, Mapping[str, int]]) -> dict[str, int]:
    """Return the counts of `batch_state_counts` over all imports, zeros too."""
    return {
        state.value: sum(states.get(state, 0) for states in by_batch.values())
        for state in Item.State
    }


def batch_state_counts(project_id: int) -> dict[int, dict[str, int]]:
    """Return by the number of an import how many of its items are in each state that occurs."""
    counted = counts_of(project_id, (ITEM,))
    numbers = dict(Batch.objects.filter(project=project_id).values_list("pk", "number"))
    found: dict[int, dict[str, int]] = {number: {} for number in numbers.values()}
    for place, n in counted.items():
        if n:
            found[numbers[int(place.part)]][place.state] = n
    return found


def unit_counts(project_id: int) -> dict[str, int]:
    """Return how many units are in each state, zeros too; the states exclude each other."""
    counted = counts_of(project_id, (UNIT,))
    return {state.value: counted[Place(UNIT, "", state)] for state in Unit.State}


@dataclass(frozen=True, slots=True)
class ListedUnit:
    """A unit in a list."""

    id: int
    item_id: int
    item: str
    external_id: str
    target: str
    state: str


def unit_page(
    project_id: int, *, states: Collection[str], after: int, limit: int
) -> tuple[ListedUnit, ...]:
    """Return units in these states behind the id `after`, in order of id.

    One short stretch of the index per state, whatever page it is: nothing is counted or sorted.
    """
    ids: list[int] = []
    for state in states:
        rows = Unit.objects.filter(project=project_id, state=state, pk__gt=after).order_by("pk")
        ids += rows.values_list("pk", flat=True)[:limit]
    units = Unit.objects.filter(pk__in=sorted(ids)[:limit]).order_by("pk")
    columns = ("pk", "item_id", "item__public_id", "item__external_id", "target", "state")
    return tuple(ListedUnit(*row) for row in units.values_list(*columns))


def known_items(
    project_id: int, external_ids: Collection[str], digests: Collection[str]
) -> set[tuple[str, str]]:
    """Return (external id, digest) of the items that share an id or a text with these."""
    rows = Item.objects.filter(project=project_id).order_by()
    columns = ("external_id", "digest")
    by_id = rows.filter(external_id__in=external_ids).values_list(*columns)
    by_text = rows.filter(digest__in=digests).values_list(*columns)
    return {*by_id, *by_text}


def items_by_external_id(
    project_id: int, external_ids: Collection[str], batch: int | None = None
) -> dict[str, tuple[int, ...]]:
    """Return the item ids behind external ids: several where the import reused an id.

    `batch` looks only at the import of this number.
    """
    rows = Item.objects.filter(project=project_id, external_id__in=external_ids).order_by("pk")
    if batch is not None:
        rows = rows.filter(batch__number=batch)
    found: dict[str, tuple[int, ...]] = {}
    for external_id, pk in rows.values_list("external_id", "pk"):
        found[external_id] = (*found.get(external_id, ()), pk)
    return found


def unit_ids(item_ids: Collection[int]) -> dict[tuple[int, str], int]:
    """Return unit ids by (item, target)."""
    rows = Unit.objects.filter(item__in=item_ids).order_by("pk")
    return {(item, target): pk for item, target, pk in rows.values_list("item", "target", "pk")}


def item_ids(project_id: int) -> Sequence[int]:
    """Return the ids of all items of a project, in order."""
    return list(Item.objects.filter(project=project_id).order_by("pk").values_list("pk", flat=True))


def near_duplicates(project_id: int, limit: int = 100) -> tuple[NearPair, ...]:
    """Return near-duplicate pairs, in order of import."""
    rows = (
        Item.objects.filter(project=project_id, near_duplicate_of__isnull=False)
        .order_by("pk")
        .values_list(
            "public_id",
            "external_id",
            "near_duplicate_of__public_id",
            "near_duplicate_of__external_id",
        )
    )
    return tuple(NearPair(*row) for row in rows[:limit])
