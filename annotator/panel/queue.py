"""The jury's queue: inquiries are rows, leased, answered once, fenced by their owner."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Count, Q, Sum

from annotator.core import dbtime
from annotator.intake.derived import mark_due
from annotator.intake.models import Unit
from annotator.panel.models import Call, Inquiry, Juror, JurorVersion, Opinion, Panel, Vote
from jury.opinion import Outcome

MAX_LENGTH = 200
SCRIPTED = "scripted"
"""The base_url of the product's own scripted jurors."""


@dataclass(frozen=True, slots=True)
class ClaimedInquiry:
    """An inquiry leased to the caller."""

    id: int
    public_id: str
    project_id: int
    item_id: int
    juror_version_id: int
    attempts: int
    failures: int


def open_inquiries(
    project_id: int,
    item_ids: Sequence[int],
    *,
    juror: str | None = None,
    purpose: str = Inquiry.Purpose.PANEL,
) -> int:
    """Queue each item for each current juror of the panel; return how many are new."""
    panel = Panel.objects.filter(project=project_id, current=True).first()
    if panel is None:
        return 0
    seats = panel.seats.filter(juror__active=True).exclude(juror__base_url="")
    if juror is not None:
        seats = seats.filter(juror__name=juror)
    versions = list(seats.order_by("pk").values_list("pk", flat=True))
    before = Inquiry.objects.filter(project=project_id).count()
    Inquiry.objects.bulk_create(
        [
            Inquiry(project_id=project_id, item_id=item, juror_version_id=version, purpose=purpose)
            for item in item_ids
            for version in versions
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )
    return Inquiry.objects.filter(project=project_id).count() - before


def mark_counting(*, counting: Collection[int], not_counting: Collection[int]) -> None:
    """Write the derived flag of jurors' votes."""
    if counting:
        Vote.objects.filter(pk__in=counting).update(counts=True)
    if not_counting:
        Vote.objects.filter(pk__in=not_counting).update(counts=False)


@transaction.atomic
def claim(*, owner: str, room: Mapping[int, int], lease_seconds: int) -> list[ClaimedInquiry]:
    """Lease queued inquiries, for each juror version at most as many as it has room for."""
    now = dbtime.now()
    claimed: list[Inquiry] = []
    for version, count in sorted(room.items()):
        rows = (
            Inquiry.objects.filter(
                juror_version=version,
                state=Inquiry.State.QUEUED,
                juror_version__juror__active=True,
                juror_version__juror__paused_reason="",
            )
            .exclude(next_try_at__gt=now)
            .order_by("pk")
        )
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True, of=("self",))
        claimed += list(rows[:count])
    Inquiry.objects.filter(pk__in=[row.pk for row in claimed], state=Inquiry.State.QUEUED).update(
        state=Inquiry.State.LEASED,
        owner=owner,
        lease_until=now + timedelta(seconds=lease_seconds),
    )
    return [
        ClaimedInquiry(
            id=row.pk,
            public_id=row.public_id,
            project_id=row.project_id,
            item_id=row.item_id,
            juror_version_id=row.juror_version_id,
            attempts=row.attempts,
            failures=row.failures,
        )
        for row in claimed
    ]


def renew(*, owner: str, inquiry_ids: Collection[int], lease_seconds: int) -> None:
    """Prolong the leases an owner still holds."""
    Inquiry.objects.filter(pk__in=inquiry_ids, owner=owner, state=Inquiry.State.LEASED).update(
        lease_until=dbtime.now() + timedelta(seconds=lease_seconds)
    )


def return_expired() -> int:
    """Put inquiries whose lease ran out back in the queue; return how many."""
    return Inquiry.objects.filter(state=Inquiry.State.LEASED, lease_until__lt=dbtime.now()).update(
        state=Inquiry.State.QUEUED, owner="", lease_until=None
    )


@transaction.atomic
def flush(*, owner: str, outcomes: Sequence[Outcome]) -> int:
    """Store outcomes whose lease the owner still holds; return how many were stored.

    Every call is kept, also of those that came too late: a paid reply is accounted for.
    """
    now = dbtime.now()
    rows = Inquiry.objects.filter(pk__in=[outcome.task for outcome in outcomes])
    if connection.features.has_select_for_update:
        rows = rows.select_for_update()
    inquiries = {row.pk: row for row in rows.order_by("pk")}
    fenced = [
        outcome
        for outcome in outcomes
        if outcome.task in inquiries
        and inquiries[outcome.task].owner == owner
        and inquiries[outcome.task].state == Inquiry.State.LEASED
    ]
    _store_calls([outcome for outcome in outcomes if outcome.task in inquiries])
    store_opinions([(inquiries[o.task], o) for o in fenced])
    ended = []
    for outcome in fenced:
        row = inquiries[outcome.task]
        _end(row, outcome, now)
        if row.state in Inquiry.ENDED:
            ended.append(row.item_id)
    Inquiry.objects.bulk_update(
        [inquiries[outcome.task] for outcome in fenced],
        [
            "state",
            "owner",
            "lease_until",
            "attempts",
            "failures",
            "next_try_at",
            "reason",
            "ended_at",
        ],
        batch_size=200,
    )
    mark_due(sorted(set(ended)))
    return len(fenced)


def _end(row: Inquiry, outcome: Outcome, now: datetime) -> None:
    row.attempts = outcome.attempts
    row.failures = outcome.failures
    row.owner = ""
    row.lease_until = None
    row.reason = outcome.reason[:MAX_LENGTH]
    if outcome.state == "released":
        row.state = Inquiry.State.QUEUED
        row.next_try_at = (
            now + timedelta(seconds=outcome.retry_in) if outcome.retry_in is not None else None
        )
        return
    row.state = Inquiry.State(outcome.state)
    row.next_try_at = None
    row.ended_at = now


def _store_calls(outcomes: Sequence[Outcome]) -> None:
    Call.objects.bulk_create(
        [
            Call(
                inquiry_id=outcome.task,
                request_key=call.request_key[:80],
                attempt=call.attempt,
                status=call.status,
                error=call.error[:MAX_LENGTH],
                raw_reply=call.raw_reply.replace("\x00", "�"),
                tokens_in=call.usage.tokens_in,
                tokens_out=call.usage.tokens_out,
                cost=call.usage.cost,
                seconds=call.seconds,
            )
            for outcome in outcomes
            for call in outcome.calls
        ],
        batch_size=500,
    )


def store_opinions(
    given: Sequence[tuple[Inquiry, Outcome]], *, evidence_at: datetime | None = None
) -> None:
    """Append the opinions, abstentions and votes of ended inquiries."""
    units = {
        (item, target): pk
        for item, target, pk in Unit.objects.filter(
            item__in={inquiry.item_id for inquiry, _ in given}
        ).values_list("item_id", "target", "pk")
    }
    rows: list[Opinion] = []
    answers = []
    for inquiry, outcome in given:
        for opinion in outcome.opinions:
            rows.append(
                Opinion(
                    inquiry=inquiry,
                    unit_id=units[inquiry.item_id, opinion.target],
                    state=Opinion.State.GIVEN,
                    rationale=opinion.rationale.replace("\x00", "�"),
                    confidence=opinion.confidence,
                    evidence_at=evidence_at,
                )
            )
            answers.append((len(rows) - 1, opinion.answers))
        rows += [
            Opinion(
                inquiry=inquiry,
                unit_id=units[inquiry.item_id, abstention.target],
                state=Opinion.State.ABSTAINED,
                reason=abstention.reason,
                rationale=abstention.detail.replace("\x00", "�"),
                evidence_at=evidence_at,
            )
            for abstention in outcome.abstentions
        ]
    stored = Opinion.objects.bulk_create(rows, batch_size=500)
    Vote.objects.bulk_create(
        [
            Vote(
                opinion=stored[index],
                unit_id=stored[index].unit_id,
                question=question,
                value=answer.value,
                categories=list(answer.categories),
                severity=answer.severity,
                other=answer.other,
            )
            for index, by_question in answers
            for question, answer in by_question.items()
        ],
        batch_size=500,
    )


def retry_failed(project_id: int, *, juror: str | None = None) -> int:
    """Queue failed inquiries again; return how many."""
    rows = Inquiry.objects.filter(project=project_id, state=Inquiry.State.FAILED)
    if juror is not None:
        rows = rows.filter(juror_version__juror__name=juror)
    return rows.update(
        state=Inquiry.State.QUEUED, failures=0, reason="", next_try_at=None, ended_at=None
    )


def pause_jurors(project_id: int, *, reason: str, juror: str | None = None) -> None:
    """Stop asking a project's jurors; nothing is lost, what is queued waits."""
    rows = Juror.objects.filter(project=project_id)
    if juror is not None:
        rows = rows.filter(name=juror)
    rows.update(paused_reason=reason[:MAX_LENGTH])


def pause_version(version_id: int, *, reason: str) -> None:
    """Pause the juror of a version."""
    Juror.objects.filter(versions=version_id).update(paused_reason=reason[:MAX_LENGTH])


def resume_jurors(project_id: int, *, juror: str | None = None) -> None:
    """Go on asking a project's jurors."""
    rows = Juror.objects.filter(project=project_id)
    if juror is not None:
        rows = rows.filter(name=juror)
    rows.update(paused_reason="")


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


def accept_prices(project_id: int) -> None:
    """Let a project's jurors of unknown price be asked."""
    Juror.objects.filter(project=project_id).update(price_accepted=True)


def withdraw_queued(project_id: int) -> int:
    """End what is still queued as failed, with the reason `stopped`; return how many."""
    items = list(
        Inquiry.objects.filter(project=project_id, state=Inquiry.State.QUEUED).values_list(
            "item_id", flat=True
        )
    )
    count = Inquiry.objects.filter(project=project_id, state=Inquiry.State.QUEUED).update(
        state=Inquiry.State.FAILED, reason="stopped", ended_at=dbtime.now()
    )
    mark_due(sorted(set(items)))
    return count


def waiting_versions(project_id: int | None = None) -> list[int]:
    """Return the juror versions, of one project or of all, that have work and may be asked."""
    rows = JurorVersion.objects.all()
    if project_id is not None:
        rows = rows.filter(juror__project=project_id)
    return list(
        rows.filter(
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
    """Return per juror how many inquiries are in each state."""
    rows = (
        Inquiry.objects.filter(project=project_id, purpose=Inquiry.Purpose.PANEL)
        .values_list("juror_version__juror__name", "state")
        .annotate(n=Count("pk"))
        .order_by("juror_version__juror__name")
    )
    names = Juror.objects.filter(project=project_id).order_by("name")
    found = {juror.name: {state.value: 0 for state in Inquiry.State} for juror in names}
    for name, state, count in rows:
        found[name][state] += count
    return found


def spent(project_id: int) -> float:
    """Return what a project's calls have cost so far, those of known price."""
    total = Call.objects.filter(inquiry__project=project_id).aggregate(sum=Sum("cost"))["sum"]
    return float(total or 0.0)
