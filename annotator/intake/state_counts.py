"""How many things of a project are in each state: told where they change, folded afterwards.

`note` runs in the transaction of the change; it inserts a row of its own and locks nobody's, so that
no hot row serialises submits. `fold` adds such rows to the counts and removes them, both in one
transaction. A page sums the counts and what is not folded yet in one statement (`counts_of`).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, NamedTuple

from django.db import connection, transaction
from django.db.models import Count, F, QuerySet, Value

from annotator.core.prepared_writes import PreparedInsert
from annotator.intake.models import StateCount, StateDelta

ITEM: Final = "item"
UNIT: Final = "unit"
SEAT: Final = "seat"
INQUIRY: Final = "inquiry"
COST: Final = "cost"
WAITING: Final = "waiting"
"""Of a seat: open or leased, of an inquiry: queued or leased. To take one, or to give it back, changes
no count by that."""
FOLD: Final = 5_000
_PENDING: Final = "?"
_DELTAS: Final = PreparedInsert(StateDelta)


class Place(NamedTuple):
    """What is counted: a kind of things, a part of the project or all of it, and a state."""

    kind: str
    part: str
    state: str


Counts = Mapping[Place, int]
_GATHERED: ContextVar[dict[int, Counter[Place]] | None] = ContextVar(
    "gathered counts", default=None
)


@contextmanager
def gathered() -> Iterator[None]:
    """Append what this block notes as one row at its end; nothing where it cancels out.

    The block belongs inside one transaction; an error that leaves it drops its notes with the
    rest. Blocks may be nested: the outermost one writes.
    """
    if _GATHERED.get() is not None:
        yield
        return
    noted: dict[int, Counter[Place]] = {}
    token = _GATHERED.set(noted)
    try:
        yield
    finally:
        _GATHERED.reset(token)
    for project_id, changes in noted.items():
        _append(project_id, changes)


def note(project_id: int, changes: Counts) -> None:
    """Say by how much the counts of a project change; part of the caller's transaction."""
    waiting = _GATHERED.get()
    if waiting is None:
        _append(project_id, changes)
        return
    mine = waiting.setdefault(project_id, Counter())
    for place, n in changes.items():
        mine[place] += n


def _append(project_id: int, changes: Counts) -> None:
    rows = sorted([*place, n] for place, n in changes.items() if n)
    if rows:
        text = json.dumps(rows, separators=(",", ":"))
        _DELTAS([StateDelta(project_id=project_id, changes=text)])


def changes_of(text: str) -> Iterator[tuple[Place, int]]:
    """Yield what a delta's text says."""
    for kind, part, state, n in json.loads(text):
        yield Place(kind, part, state), n


def counts_of(
    project_id: int, kinds: Collection[str], *beside: QuerySet[Any, tuple[str, str, str, int]]
) -> Counter[Place]:
    """Return the counts of some kinds, exact at the moment they are read.

    One statement reads them: two could miss, or count twice, what is folded between them. `beside`
    are queries of further (kind, part, state, n) that must be of the same moment.
    """
    folded = StateCount.objects.filter(project=project_id, kind__in=kinds)
    pending = (
        StateDelta.objects.filter(project=project_id)
        .order_by()
        .values("changes")
        .annotate(rows=Count("pk"))
        .values_list(Value(_PENDING), "changes", Value(""), "rows")
    )
    found: Counter[Place] = Counter()
    rows = folded.values_list("kind", "part", "state", "n").union(pending, *beside, all=True)
    for kind, part, state, n in rows:
        if kind != _PENDING:
            found[Place(kind, part, state)] += n
            continue
        for place, change in changes_of(part):
            if place.kind in kinds:
                found[place] += change * n
    return found


@transaction.atomic
def fold(limit: int = FOLD) -> int:
    """Add up to so many deltas to the counts and remove them; return how many.

    Any number may do it at once: each takes deltas that no other has, and a count is added to where
    it stands.
    """
    rows = StateDelta.objects.order_by("pk")
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    taken = list(rows.values_list("pk", "project_id", "changes")[:limit])
    moved: Counter[tuple[int, Place]] = Counter()
    for _, project_id, text in taken:
        for place, n in changes_of(text):
            moved[project_id, place] += n
    for (project_id, place), n in sorted(moved.items()):
        if n:
            _add(project_id, place, n)
    ids = [pk for pk, *_ in taken]
    for start in range(0, len(ids), 500):
        StateDelta.objects.filter(pk__in=ids[start : start + 500]).delete()
    return len(taken)


def _add(project_id: int, place: Place, n: int) -> None:
    row = StateCount.objects.filter(project=project_id, **place._asdict())
    if row.update(n=F("n") + n):
        return
    new = StateCount(project_id=project_id, **place._asdict(), n=0)
    StateCount.objects.bulk_create([new], ignore_conflicts=True)
    row.update(n=F("n") + n)


def replace(project_id: int, counts: Counts) -> None:
    """Put counts in place of what is stored and pending; the caller's snapshot is of both.

    What is committed meanwhile stays pending. A fold meanwhile makes it fail; it changes nothing
    then.
    """
    StateDelta.objects.filter(project=project_id).delete()
    StateCount.objects.filter(project=project_id).delete()
    StateCount.objects.bulk_create(
        StateCount(project_id=project_id, **place._asdict(), n=n)
        for place, n in sorted(counts.items())
        if n
    )
