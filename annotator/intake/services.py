"""Writes of imports: batches, texts, items, turns and units, always a chunk at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from django.db import transaction
from django.db.models import F, Max

from annotator.audit import services as audit
from annotator.catalog.models import Project
from annotator.core.digests import sha256_text
from annotator.intake.models import Batch, Item, ItemText, Turn, Unit
from annotator.intake.near_duplicates import NearDuplicates
from annotator.intake.queries import known_items
from annotator.intake.rows import NewItem
from annotator.intake.state_counts import ITEM, UNIT, Place, note

ROWS_AT_ONCE = 500
NAME_LENGTH = 255


@dataclass(slots=True)
class Stored:
    """What became of a chunk of rows."""

    item_ids: list[int] = field(default_factory=list)
    already_present: int = 0
    id_reused: int = 0
    duplicate_text: int = 0


def safe_filename(name: str) -> str:
    """Return a file's own name without folders and unprintable characters, for showing only."""
    last = PurePath(name.replace("\\", "/").replace("\0", "_")).name
    return "".join(c if c.isprintable() else "_" for c in last)[:NAME_LENGTH] or "unnamed"


@transaction.atomic
def open_batch(
    *, project_id: int, filename: str, sha256: str, actor: int | None = None
) -> tuple[int, int]:
    """Start an import; return the batch's id and its number in the project."""
    Project.objects.select_for_update(no_key=True).get(pk=project_id)
    last = Batch.objects.filter(project=project_id).aggregate(last=Max("number"))["last"] or 0
    batch = Batch.objects.create(
        project_id=project_id,
        number=last + 1,
        filename=safe_filename(filename),
        sha256=sha256,
        created_by=actor,
    )
    audit.record(
        verb="import.started",
        subject=f"batch:{batch.pk}",
        actor=actor,
        project=project_id,
        data={"sha256": sha256},
    )
    return batch.pk, batch.number


@transaction.atomic
def close_batch(*, batch_id: int, actor: int | None = None) -> None:
    """Say in the events that an import came to its end."""
    batch = Batch.objects.get(pk=batch_id)
    audit.record(
        verb="import.finished",
        subject=f"batch:{batch.pk}",
        actor=actor,
        project=batch.project_id,
        data={"rows": batch.rows, "imported": batch.imported, "rejected": batch.rejected},
    )


@transaction.atomic
def store_items(
    *,
    batch_id: int,
    rows: Sequence[NewItem],
    rejected: int = 0,
    repeat: bool = False,
    near: NearDuplicates | None = None,
) -> Stored:
    """Store a chunk of a batch: what is present already is left out unless `repeat`.

    Imports into one project go one chunk after the other, so that two runs of the same file add
    nothing twice.
    """
    batch = Batch.objects.get(pk=batch_id)
    Project.objects.select_for_update(no_key=True).get(pk=batch.project_id)
    stored = Stored()
    new = _sort_out(batch.project_id, rows, stored, repeat=repeat)
    items = _write(batch, new)
    stored.item_ids = [item.pk for item in items]
    if near is not None:
        _mark_near(items, new, near)
    Batch.objects.filter(pk=batch_id).update(
        rows=F("rows") + len(rows) + rejected,
        imported=F("imported") + len(new),
        already_present=F("already_present") + stored.already_present,
        rejected=F("rejected") + rejected,
        id_reused=F("id_reused") + stored.id_reused,
        duplicate_text=F("duplicate_text") + stored.duplicate_text,
    )
    return stored


def _sort_out(
    project_id: int, rows: Sequence[NewItem], stored: Stored, *, repeat: bool
) -> list[NewItem]:
    """Return the rows to store; count what is present, what reuses an id, what repeats a text."""
    pairs = known_items(project_id, {r.external_id for r in rows}, {r.digest for r in rows})
    ids = {external_id for external_id, _ in pairs}
    digests = {digest for _, digest in pairs}
    new = []
    for row in rows:
        if (row.external_id, row.digest) in pairs and not repeat:
            stored.already_present += 1
            continue
        if (row.external_id, row.digest) not in pairs:
            stored.id_reused += row.external_id in ids
            stored.duplicate_text += row.digest in digests
        pairs.add((row.external_id, row.digest))
        ids.add(row.external_id)
        digests.add(row.digest)
        new.append(row)
    return new


def _write(batch: Batch, rows: Sequence[NewItem]) -> list[Item]:
    texts = {
        sha256_text(message.content): message.content for row in rows for message in row.messages
    }
    # In order of key, so that two imports never wait for each other.
    ItemText.objects.bulk_create(
        [ItemText(digest=digest, text=texts[digest]) for digest in sorted(texts)],
        ignore_conflicts=True,
        batch_size=ROWS_AT_ONCE,
    )
    items = Item.objects.bulk_create(
        [
            Item(
                project_id=batch.project_id,
                batch=batch,
                line=row.line,
                external_id=row.external_id,
                digest=row.digest,
                metadata=dict(row.metadata),
                **row.fields,
            )
            for row in rows
        ],
        batch_size=ROWS_AT_ONCE,
    )
    paired = list(zip(items, rows, strict=True))
    Turn.objects.bulk_create(
        [
            Turn(
                item=item,
                position=position,
                role=message.role,
                target=message.target,
                text_id=sha256_text(message.content),
            )
            for item, row in paired
            for position, message in enumerate(row.messages)
        ],
        batch_size=ROWS_AT_ONCE,
    )
    Unit.objects.bulk_create(
        [
            Unit(project_id=batch.project_id, item=item, target=target, position=position)
            for item, row in paired
            for position, target in enumerate(row.units)
        ],
        batch_size=ROWS_AT_ONCE,
    )
    units = sum(len(row.units) for row in rows)
    new = {
        Place(ITEM, str(batch.pk), Item.State.OPEN): len(items),
        Place(UNIT, "", Unit.State.OPEN): units,
    }
    note(batch.project_id, new)
    return items


def _mark_near(items: Sequence[Item], rows: Sequence[NewItem], near: NearDuplicates) -> None:
    found = []
    for item, row in zip(items, rows, strict=True):
        first = near.add(item.pk, row.text)
        if first is not None:
            item.near_duplicate_of_id = first
            found.append(item)
    Item.objects.bulk_update(found, ["near_duplicate_of"], batch_size=ROWS_AT_ONCE)
