"""Writes of re-decision runs: their rows, and the decisions a roll-back puts into force again."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from annotator.core import dbtime
from annotator.core.errors import Conflict, NotFound
from annotator.quality import services as quality
from annotator.quality.models import Decision, PolicyRun, Ruling

Key = tuple[int, str]


def start_run(
    *,
    project_id: int,
    before: int,
    after: int,
    actor: int | None,
    set_aside: int | None = None,
    lifts: bool = False,
) -> PolicyRun:
    """Create a run; raises Conflict while another is unfinished.

    With a set-aside it decides again what rests on its answers, because they go or, `lifts`, come
    back.
    """
    busy = PolicyRun.objects.filter(project=project_id, state__in=PolicyRun.UNFINISHED)
    if busy.exists():
        raise Conflict("A re-decision is not finished. Let it finish, or roll it back.")
    return PolicyRun.objects.create(
        project_id=project_id,
        before_id=before,
        after_id=after,
        set_aside_id=set_aside,
        lifts=lifts,
        created_by=actor,
    )


def locked_run(run_id: int) -> PolicyRun:
    """Return a run, locked until the transaction ends; raises NotFound."""
    row = PolicyRun.objects.select_for_update(no_key=True).filter(pk=run_id).first()
    if row is None:
        raise NotFound("There is no such re-decision.")
    return row


def note_step(row: PolicyRun, *, cursor: int, counts: Mapping[str, int]) -> None:
    """Note how far a run is."""
    total = {name: row.counts.get(name, 0) + n for name, n in counts.items()}
    row.cursor, row.counts = cursor, {**row.counts, **total}
    row.save(update_fields=["cursor", "counts"])


def turn_back(row: PolicyRun) -> None:
    """Let a run go back, from its first item on."""
    row.state, row.cursor, row.ended_at = PolicyRun.State.ROLLING_BACK, 0, None
    row.counts = {**row.counts, "back": 0}
    row.save(update_fields=["state", "cursor", "ended_at", "counts"])


def end_run(row: PolicyRun, state: PolicyRun.State) -> None:
    """End a run."""
    row.state, row.ended_at = state, dbtime.now()
    row.save(update_fields=["state", "ended_at"])


def restore(row: PolicyRun, item_ids: Collection[int]) -> int:
    """Put into force again what stood on these items before a run; return how many decisions.

    What was decided under the run's policy is superseded, also what a submit decided meanwhile; for
    the decision that the run ended a copy is appended that names it. Where none had been, none is
    left, and the next advance decides. Doing it twice changes nothing.
    """
    here = Decision.objects.filter(unit__item__in=item_ids)
    current = {(each.unit_id, each.question): each for each in here.filter(current=True)}
    earlier = _earlier(row, item_ids)
    ours = {key for key, each in current.items() if each.policy_version_id == row.after_id}
    quality.supersede(sorted(ours))
    again = [old for key, old in earlier.items() if key in ours or key not in current]
    copies = Decision.objects.bulk_create([_copy(old) for old in again], batch_size=500)
    _restore_rulings(dict(zip((old.pk for old in again), copies, strict=True)))
    return len(copies)


def _earlier(row: PolicyRun, item_ids: Collection[int]) -> dict[Key, Decision]:
    """Return what the run ended, by unit and question: not what it, or its policy, had written."""
    rows = Decision.objects.filter(unit__item__in=item_ids, ended_by=row.pk).exclude(
        policy_version=row.after_id
    )
    return {(each.unit_id, each.question): each for each in rows.order_by("pk")}


def _copy(old: Decision) -> Decision:
    return Decision(
        unit_id=old.unit_id,
        question=old.question,
        outcome=old.outcome,
        reasons=old.reasons,
        words=old.words,
        evidence=old.evidence,
        evidence_digest=old.evidence_digest,
        policy_version_id=old.policy_version_id,
        fit=old.fit,
        # The first of a chain: its moment says which votes were known.
        restores_id=old.restores_id or old.pk,
    )


def _restore_rulings(copies: Mapping[int, Decision]) -> None:
    rows = Ruling.objects.filter(decision__in=list(copies)).order_by("pk")
    Ruling.objects.bulk_create(
        [
            Ruling(
                unit_id=old.unit_id,
                question=old.question,
                value=old.value,
                categories=old.categories,
                category_counts=old.category_counts,
                severity=old.severity,
                source=old.source,
                rule=old.rule,
                contested=old.contested,
                decision=copies[old.decision_id],
            )
            for old in rows
        ],
        batch_size=500,
    )
