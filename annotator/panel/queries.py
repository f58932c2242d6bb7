"""Reads of how jurors are configured, how far they are and why they abstained, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import CharField, Count, Q, Value
from django.db.models.functions import Cast

from annotator.intake.state_counts import COST, INQUIRY, WAITING, Place, counts_of
from annotator.panel.models import SCRIPTED, Inquiry, Juror, JurorVersion, Opinion
from annotator.panel.tallies import PICO


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
    """Return a project's jurors by name, also those retired."""
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


def waiting_versions(project_id: int | None = None) -> list[int]:
    """Return the juror versions, of one project or of all, that have work and may be asked."""
    rows = JurorVersion.objects.all()
    if project_id is not None:
        rows = rows.filter(juror__project=project_id)
    return list(
        rows.filter(
            current=True,
            juror__active=True,
            juror__paused_reason="",
            pk__in=Inquiry.objects.filter(state=Inquiry.State.QUEUED).values("juror_version"),
        )
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def unfinished(project_id: int, *, juror: str | None = None) -> int:
    """Return how many inquiries of a project have not ended."""
    rows = Inquiry.objects.filter(project=project_id).exclude(state__in=Inquiry.ENDED)
    if juror is not None:
        rows = rows.filter(juror_version__juror__name=juror)
    return rows.count()


def leased(project_id: int) -> int:
    """Return how many inquiries of a project somebody is asking right now."""
    return Inquiry.objects.filter(project=project_id, state=Inquiry.State.LEASED).count()


def progress(project_id: int) -> dict[str, dict[str, int]]:
    """Return per juror how many inquiries are in each state, but for those of nobody any more."""
    leased = Inquiry.State.LEASED.value
    held = (
        Inquiry.objects.filter(project=project_id, purpose=Inquiry.Purpose.PANEL, state=leased)
        .order_by()
        .values(
            kind_=Value(INQUIRY), part_=Cast("juror_version", CharField()), state_=Value(leased)
        )
        .annotate(n=Count("*"))
        .values_list("kind_", "part_", "state_", "n")
    )
    counted = counts_of(project_id, (INQUIRY,), held)
    names = Juror.objects.filter(project=project_id).order_by("name")
    found = {juror.name: {state.value: 0 for state in Inquiry.State} for juror in names}
    versions = JurorVersion.objects.filter(juror__project=project_id)
    for version, name in versions.values_list("pk", "juror__name"):
        taken = counted[Place(INQUIRY, str(version), leased)]
        found[name][leased] += taken
        found[name][Inquiry.State.QUEUED] += counted[Place(INQUIRY, str(version), WAITING)] - taken
        for state in Inquiry.ENDED:
            found[name][state] += counted[Place(INQUIRY, str(version), state)]
    return found


def spent(project_id: int) -> float:
    """Return what a project's calls have cost so far, those of known price."""
    return counts_of(project_id, (COST,))[Place(COST, "", "")] / PICO


def of_unknown_price(project_id: int, *, juror: str | None = None) -> list[str]:
    """Return the names of jurors that must not be asked before somebody accepts the cost."""
    rows = (
        Juror.objects.filter(project=project_id, active=True, price_accepted=False)
        .filter(Q(price_in__isnull=True) | Q(price_out__isnull=True))
        .exclude(base_url__in=["", SCRIPTED])
    )
    if juror is not None:
        rows = rows.filter(name=juror)
    return list(rows.order_by("name").values_list("name", flat=True))
