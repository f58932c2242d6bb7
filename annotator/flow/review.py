"""An item with everything known about it: for adjudicators, managers and auditors only.

`RevealedItem` is made here and nowhere else. Nothing that a labeler's page may import leads here.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from annotator.accounts.queries import Actor
from annotator.audit import services as audit
from annotator.catalog.queries import (
    LEADS,
    READERS,
    ProjectView,
    Standing,
    project_for,
    standing_in,
)
from annotator.core.digests import ring_position
from annotator.core.errors import Conflict, NotFound
from annotator.flow.labeling import ADJUDICATE, Receipt, Submission, submit
from annotator.flow.outcomes import parts_of, units_of
from annotator.flow.revealed import HeldSeat, RevealedItem, SealedItem, Voice
from annotator.flow.sealed import Seal, seals
from annotator.flow.voices import jurors_on, people_on
from annotator.intake.models import Item
from annotator.intake.texts import items_with_texts
from annotator.labeling import services as labeling
from annotator.labeling.queries import Seat, draft_of, held_seat

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def dispute(actor: Actor, slug: str) -> RevealedItem | None:
    """Return the item an adjudicator holds, people as letters, jurors as numbers; None if none.

    Letters and numbers are dealt anew for each item, so that nobody is recognised by theirs.
    Raises NotFound, NotAllowed.
    """
    project = project_for(actor, slug, LEADS)
    seat = held_seat(project.id, actor.id, ADJUDICATE)
    if seat is None:
        return None
    return _reveal(project, seat.item_id, actor=actor, seat=seat)


def item_page(actor: Actor, slug: str, public_id: str) -> RevealedItem | SealedItem:
    """Return an item with everything, names included; sealed for who may still label it.

    Raises NotFound, NotAllowed.
    """
    standing = standing_in(actor, slug, READERS)
    item = _item_of(standing, public_id)
    seal = seals(actor.id, standing, [item]).get(item)
    if seal is not None:
        return _sealed(standing.project, item, seal)
    return _reveal(standing.project, item, actor=actor)


@transaction.atomic
def unseal(actor: Actor, slug: str, public_id: str) -> None:
    """Show an item to who may still label it: they never will, or their answer on it is final.

    Raises Conflict while they have it to label, NotFound, NotAllowed.
    """
    standing = standing_in(actor, slug, READERS)
    item = _item_of(standing, public_id)
    seal = seals(actor.id, standing, [item]).get(item)
    if seal is None:
        return
    if seal is Seal.IN_HAND:
        raise Conflict("You have this item to label. Submit it or give it back first.")
    labeling.note_shown(item_ids=[item], person_id=actor.id)
    audit.record(
        verb="item.shown",
        subject=f"item:{item}",
        actor=actor.id,
        project=standing.project.id,
        data={"was": seal.value},
    )


def _item_of(standing: Standing, public_id: str) -> int:
    rows = Item.objects.filter(project=standing.project.id, public_id=public_id)
    pk = rows.values_list("pk", flat=True).first()
    if pk is None:
        raise NotFound("There is no such item.")
    return pk


def _sealed(project: ProjectView, item_id: int, seal: Seal) -> SealedItem:
    row = Item.objects.select_related("batch").get(pk=item_id)
    item = items_with_texts([item_id])[item_id]
    previous, following = _beside(project, item_id)
    return SealedItem(
        public_id=row.public_id,
        external_id=row.external_id,
        language=row.language,
        source=row.source,
        batch=row.batch.number,
        line=row.line,
        messages=item.turns,
        units=parts_of(project, item),
        seal=seal,
        previous=previous,
        following=following,
    )


def _beside(project: ProjectView, item_id: int) -> tuple[str, str]:
    """Return the public ids of the items imported before and after this one."""
    beside = Item.objects.filter(project=project.id)
    before = beside.filter(pk__lt=item_id).order_by("-pk")
    after = beside.filter(pk__gt=item_id).order_by("pk")
    return (
        before.values_list("public_id", flat=True).first() or "",
        after.values_list("public_id", flat=True).first() or "",
    )


def decide(
    actor: Actor, assignment: str, *, lease: str, key: str, submission: Submission
) -> Receipt:
    """Record an adjudicator's final answer; like `flow.labeling.submit`, raises the same."""
    return submit(actor, assignment, lease=lease, key=key, submission=submission)


def _reveal(
    project: ProjectView, item_id: int, *, actor: Actor, seat: Seat | None = None
) -> RevealedItem:
    row = Item.objects.select_related("batch").get(pk=item_id)
    item = items_with_texts([item_id])[item_id]
    targets = {unit.id: unit.target for unit in item.units}
    people = people_on(project, row, targets)
    jurors = jurors_on(row, targets)
    if seat is not None:
        people = _dealt([voice for voice in people if voice.counts], row.public_id, LETTERS)
        numbers = [str(n) for n in range(1, len(jurors) + 1)]
        jurors = _dealt([voice for voice in jurors if voice.counts], row.public_id, numbers)
    previous, following = _beside(project, item_id)
    return RevealedItem(
        public_id=row.public_id,
        external_id=row.external_id,
        language=row.language,
        state=row.state,
        source=row.source,
        batch=row.batch.number,
        line=row.line,
        imported_at=row.batch.created_at,
        messages=item.turns,
        units=units_of(project, item, seat),
        people=people,
        jurors=jurors,
        seat=_held(seat, actor) if seat else None,
        previous=previous,
        following=following,
    )


def _held(seat: Seat, actor: Actor) -> HeldSeat:
    draft = draft_of(seat.id, actor.id)
    return HeldSeat(seat.public_id, seat.lease, seat.lease_until, draft.version, draft.body)


def _dealt(voices: Sequence[Voice], item: str, keys: Sequence[str]) -> tuple[Voice, ...]:
    """Return the voices under letters or numbers, without names, times or confidences."""
    shuffled = sorted(voices, key=lambda voice: ring_position("deal", item, voice.key))
    return tuple(
        Voice(
            key=key,
            name=key,
            kind=voice.kind,
            answers=voice.answers,
            notes=voice.notes,
            counts=True,
            abstained=voice.abstained,
        )
        for key, voice in zip(keys, shuffled, strict=False)
    )
