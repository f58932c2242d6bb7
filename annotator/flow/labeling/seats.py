"""What a person may do with the item in hand, short of answering."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from annotator.accounts.queries import Actor
from annotator.catalog.queries import LABELERS, LEADS, Standing, standing_at_hand
from annotator.core.errors import Invalid, NotFound
from annotator.flow.labeling.values import ADJUDICATE, LABEL
from annotator.flow.steps import advance
from annotator.labeling import services
from annotator.labeling.models import Assignment


def roles_for(kind: str) -> frozenset[str]:
    """Return the roles that may take seats of a kind; raises Invalid for an unknown one."""
    if kind not in {LABEL, ADJUDICATE}:
        message = f"Unknown kind {kind!r}; one of label, adjudicate."
        raise Invalid(message, fields={"kind": message})
    return LABELERS if kind == LABEL else LEADS


def seat_of(
    actor: Actor, assignment: str, *, moves_on: bool = False
) -> tuple[Assignment, Standing]:
    """Return the actor's seat, locked, and what they are in its project.

    `moves_on`: the caller advances the item afterwards, so it is locked before the seat. Raises
    NotFound, also for who may take such seats no more.
    """
    if moves_on:
        services.lock_item_of(assignment)
    row = services.own_seat(assignment, actor.id)
    standing = standing_at_hand(actor, row.project_id)
    refused = row.kind == LABEL and not standing.may_label(row.item_id)
    if refused or standing.role not in roles_for(row.kind):
        raise NotFound("There is no such assignment.")
    return row, standing


@transaction.atomic
def heartbeat(actor: Actor, assignment: str, *, lease: str) -> datetime:
    """Prolong a lease; return when it ends now."""
    _, standing = seat_of(actor, assignment)
    return services.renew_lease(
        public_id=assignment,
        person_id=actor.id,
        lease=lease,
        seconds=standing.project.lease_seconds,
    )


@transaction.atomic
def save_draft(
    actor: Actor, assignment: str, *, lease: str, version: int, body: Mapping[str, object]
) -> int:
    """Store a draft; return its version. Raises VersionConflict, LeaseLost, NotFound."""
    seat_of(actor, assignment)
    return services.save_draft(
        public_id=assignment, person_id=actor.id, lease=lease, version=version, body=body
    )


@transaction.atomic
def skip(actor: Actor, assignment: str, *, lease: str, reason: str, note: str = "") -> None:
    """Skip an item for a reason; somebody else is asked instead."""
    _, standing = seat_of(actor, assignment, moves_on=True)
    item_id = services.skip_seat(
        public_id=assignment, person_id=actor.id, lease=lease, reason=reason, note=note
    )
    advance(standing.project, [item_id])


@transaction.atomic
def release(actor: Actor, assignment: str, *, lease: str) -> None:
    """Give an item back to the pool, unless nobody is asked about it any more."""
    row, standing = seat_of(actor, assignment, moves_on=True)
    services.give_back(public_id=assignment, person_id=actor.id, lease=lease)
    advance(standing.project, [row.item_id])
