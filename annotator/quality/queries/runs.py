"""Re-decision runs, and the fits that a project's votes propose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NotRequired, TypedDict

from django.db.models import OuterRef, Q, Subquery

from annotator.quality.models import FitAnswer, PolicyFit, PolicyRun


@dataclass(frozen=True, slots=True)
class RunView:
    """A re-decision: of a policy put into force, or of answers set aside or back (`lifts`)."""

    id: int
    before: int
    after: int
    after_id: int
    policy: str
    state: str
    cursor: int
    counts: Mapping[str, int]
    set_aside: int | None
    lifts: bool
    created_at: datetime
    ended_at: datetime | None

    @property
    def unfinished(self) -> bool:
        """Whether items are still to be looked at."""
        return self.state in PolicyRun.UNFINISHED


class FitPattern(TypedDict):
    """A jury vote pattern of a fit with the units and votes of people that it rests on."""

    said: int
    given: int
    units: int
    unsafe: int
    safe: int
    stratum: NotRequired[str]


@dataclass(frozen=True, slots=True)
class FitView:
    """A proposed fit with what speaks for it, and what a manager said to it (empty: nothing yet)."""

    id: int
    target: str
    question: str
    digest: str
    document: Mapping[str, object]
    patterns: tuple[FitPattern, ...]
    units: int
    votes: int
    weight: float
    held_out: Mapping[str, float]
    reliability: Mapping[str, object] | None
    no_reliability: str
    answer: str
    created_at: datetime


def runs(project_id: int, limit: int = 10, *, before: int | None = None) -> tuple[RunView, ...]:
    """Return a project's runs of policies, the newest first; `before`: those older than this one."""
    rows = PolicyRun.objects.filter(project=project_id, set_aside__isnull=True)
    rows = rows.select_related("before", "after")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return tuple(_run(row) for row in rows.order_by("-pk")[:limit])


def unfinished_run(project_id: int) -> RunView | None:
    """Return the run that is under way, if there is one: of a policy or of a set-aside."""
    rows = PolicyRun.objects.filter(project=project_id, state__in=PolicyRun.UNFINISHED)
    row = rows.select_related("before", "after").first()
    return _run(row) if row else None


def run_of(project_id: int, run_id: int) -> RunView | None:
    """Return one run of a policy in a project."""
    rows = PolicyRun.objects.filter(project=project_id, pk=run_id, set_aside__isnull=True)
    row = rows.select_related("before", "after").first()
    return _run(row) if row else None


def _run(row: PolicyRun) -> RunView:
    return RunView(
        id=row.pk,
        before=row.before.version,
        after=row.after.version,
        after_id=row.after_id,
        policy=row.after.name,
        state=row.state,
        cursor=row.cursor,
        counts=row.counts,
        set_aside=row.set_aside_id,
        lifts=row.lifts,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )


def fits(project_id: int, limit: int = 20) -> tuple[FitView, ...]:
    """Return a project's fits, the newest first."""
    return _fits(Q(project=project_id), limit)


def proposals(project_id: int) -> tuple[FitView, ...]:
    """Return the newest fit of each target and question, where nobody has answered it yet."""
    newest: dict[tuple[str, str], FitView] = {}
    for fit in _fits(Q(project=project_id), 200):
        newest.setdefault((fit.target, fit.question), fit)
    return tuple(fit for _, fit in sorted(newest.items()) if not fit.answer)


def fits_by_id(project_id: int, ids: tuple[int, ...]) -> tuple[FitView, ...]:
    """Return those of a project's fits."""
    return _fits(Q(project=project_id, pk__in=ids), len(ids))


def _fits(where: Q, limit: int) -> tuple[FitView, ...]:
    answers = FitAnswer.objects.filter(fit=OuterRef("pk")).values("answer")[:1]
    rows = PolicyFit.objects.filter(where).annotate(said=Subquery(answers)).order_by("-pk")
    return tuple(
        FitView(
            id=row.pk,
            target=row.target,
            question=row.question,
            digest=row.digest,
            document=row.document,
            patterns=tuple(row.patterns),
            units=row.units,
            votes=row.votes,
            weight=row.weight,
            held_out=row.held_out,
            reliability=row.reliability,
            no_reliability=row.no_reliability,
            answer=row.said or "",
            created_at=row.created_at,
        )
        for row in rows[:limit]
    )
