"""Repeat seats, on which a person answers again what they answered before."""

from __future__ import annotations

from django.db.models import Max

from annotator.catalog.queries import ProjectView
from annotator.labeling.models import Assignment
from annotator.labeling.services import NewSeat, open_seats
from tests.factories import Verdict, add_votes


def ask_again(
    project: ProjectView, item_id: int, username: str, verdicts: dict[str, Verdict]
) -> None:
    """Let a person answer an item's units again: {target: verdict}.

    Nobody else is waited for: the item has no other open seat.
    """
    seats = Assignment.objects.filter(item=item_id)
    assert not seats.filter(state=Assignment.State.OPEN).exists()
    last = seats.aggregate(number=Max("number"))["number"]
    asks = {
        target: list(verdict) if isinstance(verdict, dict) else ["safety"]
        for target, verdict in verdicts.items()
    }
    reason = Assignment.Reason.REPEAT
    open_seats([NewSeat(project.id, item_id, number=last + 1, reason=reason, round=1, asks=asks)])
    add_votes(project, item_id, {username: verdicts})
