"""Getting an item: the one in hand, the next, and the last one back."""

from __future__ import annotations

from django.db import transaction

from annotator.accounts.queries import Actor
from annotator.catalog.queries import LABELERS, GuidelineView, guidelines, project_for, standing_in
from annotator.core.errors import NotAllowed
from annotator.flow.labeling.blind import blind
from annotator.flow.labeling.seats import roles_for
from annotator.flow.labeling.values import LABEL, BlindItem
from annotator.flow.occasion import Occasion
from annotator.flow.sealed import FINAL_AFTER
from annotator.flow.steps import advance
from annotator.intake.derived import lock_items
from annotator.labeling import services
from annotator.labeling.allocation import Claimant, claim_seat
from annotator.labeling.queries import Tally, held_seat, tally_of


def claim(actor: Actor, slug: str, kind: str = LABEL) -> BlindItem | None:
    """Lease an item to a person: the one they hold already, else the next; None if none is left.

    Who takes a dispute is shown what others said, and labels that item no more. Raises NotFound,
    NotAllowed.
    """
    standing = standing_in(actor, slug, roles_for(kind))
    project = standing.project
    if kind == LABEL and not standing.labels:
        raise NotAllowed("You take no items to label in this project.")
    who = Claimant(actor.id, standing.labels_after or 0, reads=standing.reads)
    if kind == LABEL:
        seat = claim_seat(
            project_id=project.id, who=who, kind=kind, lease_seconds=project.lease_seconds
        )
        return blind(seat, project, actor) if seat else None
    with transaction.atomic():
        seat = claim_seat(
            project_id=project.id, who=who, kind=kind, lease_seconds=project.lease_seconds
        )
        if seat is None:
            return None
        services.note_shown(item_ids=[seat.item_id], person_id=actor.id)
        return blind(seat, project, actor)


def takes_items(actor: Actor, slug: str) -> bool:
    """Return whether a person takes items to label in a project. Raises NotFound."""
    return standing_in(actor, slug).labels


def held(actor: Actor, slug: str, kind: str = LABEL) -> BlindItem | None:
    """Return the item a person holds already, without claiming one."""
    project = project_for(actor, slug, roles_for(kind))
    seat = held_seat(project.id, actor.id, kind)
    return blind(seat, project, actor) if seat else None


def guide(actor: Actor, slug: str) -> GuidelineView | None:
    """Return the project's guideline for the pane beside the item."""
    return guidelines(project_for(actor, slug, LABELERS).id)


def tally(actor: Actor, slug: str) -> Tally:
    """Return the person's own counts in a project."""
    return tally_of(project_for(actor, slug, LABELERS).id, actor.id)


def undo(actor: Actor, slug: str, kind: str = LABEL) -> BlindItem | None:
    """Withdraw the person's last submission; its seat returns to them. None: nothing to undo.

    Only what that answer spoke of is decided again. Raises Conflict for what is final: who reads what others said has ten minutes.
    """
    standing = standing_in(actor, slug, roles_for(kind))
    project = standing.project
    if kind == LABEL and not standing.labels:
        return None
    with transaction.atomic():
        item = services.last_item(project_id=project.id, person_id=actor.id, kind=kind)
        if item is None:
            return None
        lock_items([item])
        undone = services.withdraw_last(
            project_id=project.id,
            person_id=actor.id,
            item_id=item,
            kind=kind,
            lease_seconds=project.lease_seconds,
            final_after=FINAL_AFTER if standing.reads else None,
        )
        if undone is None:
            return None
        seat, annotation_id = undone
        body = services.answers_as_draft(annotation_id)
        services.put_draft(seat_id=seat.id, person_id=actor.id, body=body)
        withdrawn = services.answered(annotation_id)
        advance(project, [seat.item_id], Occasion(withdrawn=withdrawn))
        return blind(seat, project, actor)
