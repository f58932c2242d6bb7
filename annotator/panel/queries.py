"""Reads of how jurors are configured and why they abstained, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count

from annotator.panel.models import Inquiry, Juror, JurorVersion, Opinion


@dataclass(frozen=True, slots=True)
class JurorSeat:
    """A juror as a project has it; `version` counts what shaped its opinions, prices may be None."""

    name: str
    base_url: str
    model: str
    family: str
    dialect: str
    version: int | None
    active: bool
    paused_reason: str
    in_flight: int
    price_in: float | None
    price_out: float | None


def juror_seats(project_id: int) -> tuple[JurorSeat, ...]:
    """Return a project's jurors by name, also those set aside."""
    versions = dict(
        JurorVersion.objects.filter(juror__project=project_id, current=True).values_list(
            "juror_id", "number"
        )
    )
    return tuple(
        JurorSeat(
            name=row.name,
            base_url=row.base_url,
            model=row.model,
            family=row.family,
            dialect=row.dialect,
            version=versions.get(row.pk),
            active=row.active,
            paused_reason=row.paused_reason,
            in_flight=row.in_flight,
            price_in=row.price_in,
            price_out=row.price_out,
        )
        for row in Juror.objects.filter(project=project_id).order_by("name")
    )


def abstention_counts(project_id: int) -> Mapping[str, int]:
    """Return how many of the panel's answers are abstentions of which reason, most first."""
    rows = (
        Opinion.objects.filter(
            inquiry__project=project_id,
            inquiry__purpose=Inquiry.Purpose.PANEL,
            state=Opinion.State.ABSTAINED,
        )
        .values_list("reason")
        .annotate(n=Count("pk"))
        .order_by("-n", "reason")
    )
    return {str(reason): n for reason, n in rows}
