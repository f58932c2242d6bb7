"""Writes on drafts: one per seat and person, versioned."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from annotator.core.errors import VersionConflict
from annotator.labeling.models import Annotation, Draft
from annotator.labeling.services.leases import demand_lease, own_seat


@transaction.atomic
def save_draft(
    *, public_id: str, person_id: int, lease: str, version: int, body: Mapping[str, object]
) -> int:
    """Store a draft; return its new version.

    `version` is the one the answer was based on. Raises VersionConflict with both answers in
    its details, NotFound, LeaseLost, AlreadyDone.
    """
    row = own_seat(public_id, person_id)
    demand_lease(row, lease, person_id)
    draft, _ = Draft.objects.select_for_update().get_or_create(assignment=row, person_id=person_id)
    if draft.version != version:
        if draft.body == body:
            return draft.version
        raise VersionConflict(
            "A newer draft is stored.",
            details={"yours": body, "stored": draft.body, "version": draft.version},
        )
    draft.version += 1
    draft.body = dict(body)
    draft.save()
    return draft.version


def keep_lost_answer(*, seat_id: int, person_id: int, body: Mapping[str, object]) -> None:
    """Keep an answer that came too late as the person's draft: never dropped."""
    draft, _ = Draft.objects.get_or_create(assignment_id=seat_id, person_id=person_id)
    draft.version += 1
    draft.body = dict(body)
    draft.kept_after_loss = True
    draft.save()


def put_draft(*, seat_id: int, person_id: int, body: Mapping[str, object]) -> None:
    """Store a draft whatever was there: what was withdrawn is filled in again."""
    draft, _ = Draft.objects.get_or_create(assignment_id=seat_id, person_id=person_id)
    draft.version += 1
    draft.body = dict(body)
    draft.save()


def answers_as_draft(annotation_id: int) -> dict[str, object]:
    """Return an annotation's answers in the form a draft has."""
    annotation = Annotation.objects.get(pk=annotation_id)
    verdicts: dict[str, dict[str, object]] = {}
    for vote in annotation.votes.select_related("unit").order_by("pk"):
        verdict = verdicts.setdefault(vote.unit.target, {})
        verdict[vote.question] = vote.value
        if vote.categories:
            verdict["categories"] = list(vote.categories)
        if vote.severity:
            verdict["severity"] = vote.severity
        if vote.other:
            verdict["other"] = vote.other
    return {"verdicts": verdicts, "comment": annotation.comment, "flagged": annotation.flagged}
