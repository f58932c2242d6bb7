"""Writes of proposed fits and of what managers say to them: both append-only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict

from annotator.audit import services as audit
from annotator.core.errors import Conflict
from annotator.quality.models import FitAnswer, PolicyFit
from jury.policy.refit import Refit


def propose(*, project_id: int, target: str, question: str, found: Refit, actor: int | None) -> int:
    """Store a fit as a proposal; return its id."""
    row = PolicyFit.objects.create(
        project_id=project_id,
        target=target,
        question=question,
        digest=found.fit.digest,
        document=found.fit.to_document(),
        patterns=[
            {"said": p.said, "given": p.given, "units": units, "unsafe": unsafe, "safe": safe}
            | ({"stratum": p.stratum} if p.stratum else {})
            for p, units, unsafe, safe in found.patterns
        ],
        units=found.fit.units,
        votes=found.fit.votes,
        weight=found.fit.weight,
        held_out={
            "patterns": found.held_out,
            "overall": found.held_out_overall,
            "flat": found.held_out_flat,
        },
        reliability=asdict(found.reliability) if found.reliability else None,
        no_reliability=found.no_reliability,
        created_by=actor,
    )
    audit.record(
        verb="fit.proposed",
        subject=f"policy_fit:{row.pk}",
        actor=actor,
        project=project_id,
        data={"digest": row.digest, "units": row.units},
    )
    return row.pk


def answer_fits(
    ids: Collection[int],
    *,
    answer: FitAnswer.Answer,
    actor: int | None,
    policy_version: int | None = None,
) -> None:
    """Store what a manager said to proposals; raises Conflict where somebody did before."""
    rows = PolicyFit.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    for row in rows:
        if FitAnswer.objects.filter(fit=row).exists():
            raise Conflict("This proposal was answered already.")
        FitAnswer.objects.create(
            fit=row, answer=answer, policy_version_id=policy_version, created_by=actor
        )
        audit.record(
            verb=f"fit.{answer}",
            subject=f"policy_fit:{row.pk}",
            actor=actor,
            project=row.project_id,
            data={"digest": row.digest},
        )
