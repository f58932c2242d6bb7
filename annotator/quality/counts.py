"""Writes of the counts behind agreement: deltas appended where votes change, folded afterwards.

`append` runs inside `flow.advance`, so that a vote and its delta are stored together or not at
all; it inserts rows of its own and locks nobody's. `fold` adds deltas to the counts and removes
them, both in one transaction: killed at any moment, nothing is lost and nothing counted twice.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

from django.db import OperationalError, transaction

from annotator.catalog.queries import ProjectView
from annotator.core import dbtime
from annotator.core.digests import sha256_text
from annotator.core.moment import one_moment, overtaken
from annotator.core.prepared_writes import PreparedInsert
from annotator.intake.models import Unit
from annotator.quality.models import AgreementState, PatternCount, PatternDelta
from annotator.quality.patterns import COUNTING, VERDICT, Mark, PatternChange
from annotator.quality.queries.counted import lens_of
from annotator.quality.queries.recount import texts

FOLD: Final = 2_000
_AT_ONCE: Final = 400
_DELTAS: Final = PreparedInsert(PatternDelta)


Step = Callable[[int, int], None]
"""Is told how many of how many units were read."""


def _nothing(_done: int, _total: int) -> None:
    """Tell nobody."""


class _Place(NamedTuple):
    """A row of the counts."""

    target: str
    question: str
    population: str
    level: str
    part: str
    pattern: str

    @property
    def key(self) -> str:
        return sha256_text("\x1f".join(self))[:32]


def append(project_id: int, changes: Sequence[PatternChange]) -> None:
    """Append what changed; part of the caller's transaction."""
    _DELTAS(
        [
            PatternDelta(
                project_id=project_id,
                unit_id=change.unit,
                target=change.target,
                question=change.question,
                before=change.before,
                now=change.now,
            )
            for change in changes
        ]
    )


def waiting() -> list[int]:
    """Return the projects that have deltas to fold, or counts to be made anew."""
    rows = PatternDelta.objects.order_by("project_id").values_list("project_id", flat=True)
    states = AgreementState.objects.exclude(changed_at__isnull=False, counting=COUNTING)
    return sorted({*rows.distinct(), *states.values_list("project_id", flat=True)})


def counted() -> list[int]:
    """Return the projects of which anything was ever folded."""
    rows = AgreementState.objects.filter(changed_at__isnull=False).order_by("project_id")
    return list(rows.values_list("project_id", flat=True))


def fold(project: ProjectView, *, limit: int = FOLD) -> int:
    """Add up to so many deltas of a project to its counts; return how many.

    One at a time per project: who comes while somebody else folds does nothing and returns 0. Where
    nothing was counted yet, or by an older version, the counts are made of all votes.
    """
    state, _ = AgreementState.objects.get_or_create(project_id=project.id)
    if state.changed_at is None or state.counting != COUNTING:
        return rebuild(project) or 0
    with transaction.atomic():
        if not _locked(project):
            return 0
        rows = list(
            PatternDelta.objects.filter(project=project.id)
            .order_by("pk")[:limit]
            .values_list("pk", "unit_id", "target", "question", "before", "now", "created_at")
        )
        if not rows:
            return 0
        batches = _batches({row[1] for row in rows})
        alike: Counter[tuple[str, ...]] = Counter()
        for _, unit, target, question, before, now, at in rows:
            parts = (batches.get(unit, ""), f"week:{monday(at.date()).isoformat()}")
            alike[target, question, before, now, *parts] += 1
        _add(project, _moves(project, alike))
        PatternDelta.objects.filter(pk__in=[row[0] for row in rows]).delete()
        AgreementState.objects.filter(project=project.id).update(changed_at=dbtime.now())
        return len(rows)


def _locked(project: ProjectView) -> bool:
    """Take the lock of a project's counts, part of the caller's transaction; False if it is taken."""
    rows = AgreementState.objects.select_for_update(skip_locked=True)
    return bool(list(rows.filter(project=project.id)))


def rebuild(project: ProjectView, *, step: Step = _nothing) -> int | None:
    """Make the counts of all votes anew; return how many pending deltas are in them already.

    What is stored of each vote says how it was counted, and changes together with its delta: in one
    snapshot both are the same moment, and what is committed meanwhile stays pending. The history by
    week begins anew. None: somebody folds just now; nothing was changed then.
    """
    AgreementState.objects.get_or_create(project_id=project.id)
    try:
        with one_moment():
            return _rebuilt(project, step) if _locked(project) else None
    except OperationalError as error:
        if not overtaken(error):
            raise
        return None


def _rebuilt(project: ProjectView, step: Step) -> int:
    week = f"week:{monday(dbtime.now().date()).isoformat()}"
    alike: dict[tuple[str, ...], int] = {
        (target, question, "", text, f"batch:{batch}", week): units
        for (target, question, batch, text), units in texts(project, step=step).items()
    }
    deltas, _ = PatternDelta.objects.filter(project=project.id).delete()
    PatternCount.objects.filter(project=project.id).delete()
    _add(project, _moves(project, alike))
    AgreementState.objects.filter(project=project.id).update(
        changed_at=dbtime.now(), counting=COUNTING
    )
    return deltas


def monday(day: date) -> date:
    """Return the first day of a day's week."""
    return day - timedelta(days=day.weekday())


def _batches(units: Collection[int]) -> Mapping[int, str]:
    rows = Unit.objects.filter(pk__in=units).values_list("pk", "item__batch__number")
    return {unit: f"batch:{number}" for unit, number in rows}


def _moves(project: ProjectView, alike: Mapping[tuple[str, ...], int]) -> Mapping[_Place, int]:
    """Return by how much each row of the counts changes."""
    moves: dict[_Place, int] = defaultdict(int)
    for (target, question, before, now, *parts), units in alike.items():
        lens = lens_of(project, question)
        if lens is None:
            continue
        for text, sign in ((before, -1), (now, 1)):
            for mark, n in lens.marks(text).items():
                for part in _parts(mark, parts):
                    moves[_Place(target, question, *mark[:2], part, mark.pattern)] += (
                        sign * n * units
                    )
    return {place: n for place, n in moves.items() if n}


def _parts(mark: Mark, parts: Iterable[str]) -> tuple[str, ...]:
    """Imports and weeks are told apart where people look at them: in the answers themselves."""
    return (PatternCount.WHOLE, *filter(None, parts)) if mark.level == VERDICT else ("",)


def _add(project: ProjectView, moves: Mapping[_Place, int]) -> None:
    """Add to the rows; the caller holds the project's lock, so nobody else does."""
    by_key = {place.key: (place, n) for place, n in moves.items()}
    keys = sorted(by_key)
    for start in range(0, len(keys), _AT_ONCE):
        part = keys[start : start + _AT_ONCE]
        stored = dict(
            PatternCount.objects.filter(project=project.id, key__in=part).values_list("key", "n")
        )
        PatternCount.objects.bulk_create(
            [
                PatternCount(
                    project_id=project.id,
                    **by_key[key][0]._asdict(),
                    key=key,
                    n=stored.get(key, 0) + by_key[key][1],
                )
                for key in part
            ],
            update_conflicts=True,
            unique_fields=["project", "key"],
            update_fields=["n"],
        )
        PatternCount.objects.filter(project=project.id, key__in=part, n=0).delete()
