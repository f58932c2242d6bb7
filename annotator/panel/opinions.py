"""What a juror said, stored: calls, opinions, abstentions and votes, append-only."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from annotator.intake.models import Unit
from annotator.panel.models import MAX_REASON, Call, Inquiry, Opinion, Vote
from jury.opinion import Outcome

# A reply may hold them as JSON escapes; no database takes the one, PostgreSQL not the other.
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    r"""Return a juror's words as a database takes them: one bad letter must not stop all others.

    >>> storable("so\ud800 be it\x00")
    'so\ufffd be it\ufffd'
    """
    return _UNSTORABLE.sub("\ufffd", text)


def mark_counting(*, counting: Collection[int], not_counting: Collection[int]) -> None:
    """Write the derived flag of jurors' votes."""
    if counting:
        Vote.objects.filter(pk__in=counting).update(counts=True)
    if not_counting:
        Vote.objects.filter(pk__in=not_counting).update(counts=False)


def store_calls(outcomes: Sequence[Outcome]) -> None:
    """Append every call of these outcomes: a paid reply is accounted for."""
    Call.objects.bulk_create(
        [
            Call(
                inquiry_id=outcome.task,
                request_key=call.request_key[:80],
                attempt=call.attempt,
                status=call.status,
                error=storable(call.error)[:MAX_REASON],
                raw_reply=storable(call.raw_reply),
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
                    rationale=storable(opinion.rationale),
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
                rationale=storable(abstention.detail),
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
