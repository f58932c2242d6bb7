"""The one maker of `BlindItem`."""

from __future__ import annotations

from annotator.accounts.queries import Actor
from annotator.catalog.queries import ProjectView
from annotator.core.errors import LeaseLost
from annotator.flow.labeling.values import AskedTarget, BlindItem
from annotator.intake.texts import ItemView, items_with_texts
from annotator.labeling.queries import NO_DRAFT, Seat, draft_of


def blind(seat: Seat, project: ProjectView, actor: Actor) -> BlindItem:
    """Return the item of a seat in hand; raises LeaseLost for a seat that is not leased."""
    item = items_with_texts([seat.item_id])[seat.item_id]
    draft = NO_DRAFT if seat.new else draft_of(seat.id, actor.id)
    if seat.lease_until is None:
        raise LeaseLost("The lease ran out.")
    return BlindItem(
        assignment=seat.public_id,
        kind=seat.kind,
        lease=seat.lease,
        expires=seat.lease_until,
        project=project.slug,
        public_id=item.public_id,
        external_id=item.external_id,
        language=item.language,
        messages=item.turns,
        targets=_asked(seat, project, item),
        taxonomy=project.taxonomy,
        taxonomy_ref=project.taxonomy_ref,
        version=draft.version,
        draft=draft.body,
    )


def _asked(seat: Seat, project: ProjectView, item: ItemView) -> tuple[AskedTarget, ...]:
    found = []
    for unit in item.units:
        target = project.target(unit.target)
        keys = seat.asks.get(unit.target, [])
        if not target.people and not keys:  # derived, unless a lead is asked about it
            continue
        number = unit.target.partition(":")[2]
        found.append(
            AskedTarget(
                key=unit.target,
                title=f"{target.title} {int(number) + 1}" if number else target.title,
                badge=(number and str(int(number) + 1)) or target.badge,
                asked=bool(keys),
                questions=tuple(
                    question
                    for question in project.questions_for(unit.target)
                    if question.key in keys
                ),
            )
        )
    return tuple(found)
