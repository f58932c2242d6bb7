"""Getting an item: the one in hand, the next, and the last one back."""

from __future__ import annotations

from django.db import transaction

from annotator.accounts.queries import Actor
from annotator.catalog.queries import LABELERS, GuidelineView, guidelines, project_for
from annotator.flow.labeling.blind import blind
from annotator.flow.labeling.seats import roles_for
from annotator.flow.labeling.values import LABEL, BlindItem
from annotator.flow.steps import advance
from annotator.labeling import services
from annotator.labeling.allocation import claim_seat
from annotator.labeling.queries import Tally, held_seat, tally_of


def claim(actor: Actor, slug: str, kind: str = LABEL) -> BlindItem | None:
    """Lease an item to a person: the one they hold already, else the next; None if none is left.

    Raises NotFound, NotAllowed.
    """
    project = project_for(actor, slug, roles_for(kind))
    seat = claim_seat(
        project_id=project.id,
        person_id=actor.id,
        kind=kind,
        lease_seconds=project.lease_seconds,
    )
    return blind(seat, project, actor) if seat else None


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
    """Withdraw the person's last submission; its seat returns to them. None: nothing to undo."""
    project = project_for(actor, slug, roles_for(kind))
    with transaction.atomic():
        undone = services.withdraw_last(
            project_id=project.id,
            person_id=actor.id,
            kind=kind,
            lease_seconds=project.lease_seconds,
        )
        if undone is None:
            return None
        seat, annotation_id = undone
        body = services.answers_as_draft(annotation_id)
        services.put_draft(seat_id=seat.id, person_id=actor.id, body=body)
        advance(project, [seat.item_id], redecide=True)
        return blind(seat, project, actor)
