"""Writes of decisions and rulings: append-only, superseded. Called by flow.advance only."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Q

from annotator.core.digests import sha256_json
from annotator.core.prepared_writes import PreparedInsert
from annotator.quality.models import Decision, Ruling
from jury.policy.decision import Decision as Outcome


@dataclass(frozen=True, slots=True)
class Finding:
    """A policy's decision, with its words, ready to be stored."""

    outcome: Outcome
    words: str

    @property
    def digest(self) -> str:
        """SHA-256 of what was decided and on what evidence."""
        return decision_digest(self.outcome)

    @property
    def fit(self) -> str:
        """The digest of the fit that the decision rests on; empty where the policy has none."""
        panel = self.outcome.evidence.get("panel")
        return str(panel.get("fit", "")) if isinstance(panel, Mapping) else ""


def decision_digest(outcome: Outcome) -> str:
    """Return the SHA-256 of a decision's outcome, reasons, answer and evidence."""
    answer = outcome.answer
    return sha256_json(
        {
            "outcome": outcome.outcome,
            "reasons": list(outcome.reasons),
            "answer": answer.to_document() if answer else None,
            "source": outcome.source,
            "rule": outcome.rule,
            "evidence": dict(outcome.evidence),
        }
    )


def _at(keys: Collection[tuple[int, str]]) -> Q:
    """Return a filter for (unit, question) pairs, one OR per question."""
    by_question: dict[str, list[int]] = {}
    for unit, question in keys:
        by_question.setdefault(question, []).append(unit)
    condition = Q(pk__in=[])
    for question, units in by_question.items():
        condition |= Q(question=question, unit__in=units)
    return condition


def supersede(keys: Collection[tuple[int, str]], *, run: int | None = None) -> None:
    """Let the decisions and rulings in force on these units' questions be history."""
    if keys:
        Decision.objects.filter(_at(keys), current=True).update(current=False, ended_by=run)
        Ruling.objects.filter(_at(keys), current=True).update(current=False)


_DECISIONS: Final = PreparedInsert(Decision)
_RULINGS: Final = PreparedInsert(Ruling)


def record(
    findings: Sequence[Finding],
    *,
    policy_version: int,
    decided: Collection[tuple[int, str]],
    run: int | None = None,
) -> None:
    """Append decisions, and rulings for those that are settled; earlier ones are superseded.

    `decided` are the units' questions that have a decision in force: only there can be anything
    to supersede, since a ruling rests on a decision.
    """
    if not findings:
        return
    keys = ((finding.outcome.unit, finding.outcome.question) for finding in findings)
    supersede([key for key in keys if key in decided], run=run)
    decisions = [
        Decision(
            unit_id=finding.outcome.unit,
            question=finding.outcome.question,
            outcome=finding.outcome.outcome,
            reasons=list(finding.outcome.reasons),
            words=finding.words,
            evidence=dict(finding.outcome.evidence),
            evidence_digest=finding.digest,
            policy_version_id=policy_version,
            fit=finding.fit,
            run_id=run,
        )
        for finding in findings
    ]
    _DECISIONS(decisions)
    _RULINGS(
        [
            _ruling(finding.outcome, decision)
            for finding, decision in zip(findings, decisions, strict=True)
            if finding.outcome.outcome == "settled"
        ]
    )


def _ruling(outcome: Outcome, decision: Decision) -> Ruling:
    answer = outcome.answer
    if answer is None:
        message = f"unit {outcome.unit}: settled without an answer"
        raise ValueError(message)
    return Ruling(
        unit_id=outcome.unit,
        question=outcome.question,
        value=answer.value,
        categories=list(answer.categories),
        category_counts=[
            {
                "category": count.category,
                "votes_for": count.votes_for,
                "of": count.of,
                "majority": count.majority,
            }
            for count in outcome.categories
        ],
        severity=answer.severity,
        source=outcome.source,
        rule=outcome.rule,
        contested=outcome.contested,
        decision=decision,
    )
