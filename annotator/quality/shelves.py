"""Writes of stored figures: computed beside the requests, by one at a time, and not all the time."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

from django.db.models import Min, Q, QuerySet, Sum

from annotator.core import dbtime
from annotator.quality.models import AgreementState, StoredFigure
from annotator.quality.queries.figures import ALWAYS
from annotator.quality.queries.intervals import INTERVALS
from annotator.quality.queries.stored import Figure, to_document

Kind = Literal["figures", "intervals"]


@dataclass(frozen=True, slots=True)
class _Pace:
    """How often figures of a kind are computed: `rest` seconds for each second that it took."""

    shortest: timedelta
    rest: float
    lease: timedelta


PACES: Final[Mapping[Kind, _Pace]] = {
    "figures": _Pace(timedelta(seconds=60), 20.0, timedelta(minutes=30)),
    "intervals": _Pace(timedelta(seconds=5), 9.0, timedelta(minutes=5)),
}
"""Passes over all votes take a twentieth of a core at most; intervals, from counts, a tenth."""


def claim(project_id: int, kind: Kind) -> bool:
    """Return whether a project's stored figures are to be computed now, by the caller alone.

    They are once anything was folded since the oldest of them, and a pause has passed that grows
    with what they cost; and at once where another version stored them, which lacks one.
    """
    now, pace = dbtime.now(), PACES[kind]
    state = AgreementState.objects.filter(project=project_id, changed_at__isnull=False).first()
    if state is None or state.changed_at is None:
        return False
    ours = _of_kind(project_id, kind)
    stored = ours.aggregate(since=Min("as_of"), cost=Sum("seconds"))
    lacks = kind == "figures" and ALWAYS - set(ours.values_list("name", flat=True))
    if stored["since"] is not None and not lacks:
        pause = max(pace.shortest, timedelta(seconds=pace.rest * stored["cost"]))
        if state.changed_at <= stored["since"] or now - stored["since"] < pause:
            return False
    until = f"{kind}_until"
    free = Q(**{f"{until}__isnull": True}) | Q(**{f"{until}__lt": now})
    return bool(
        AgreementState.objects.filter(free, project=project_id).update(**{until: now + pace.lease})
    )


def store(project_id: int, figures: Iterable[Figure[Any]], kind: Kind = "figures") -> int:
    """Compute and store a project's figures, one after the other; return how many.

    What is stored and none of them goes: it would stay the oldest, and a pass be due for ever.
    """
    stored: set[tuple[str, str]] = set()
    for figure in figures:
        as_of, began = dbtime.now(), time.monotonic()
        document = to_document(figure.make())
        StoredFigure.objects.update_or_create(
            project_id=project_id,
            name=figure.name,
            scope=figure.scope,
            defaults={
                "document": document,
                "as_of": as_of,
                "seconds": round(time.monotonic() - began, 3),
            },
        )
        stored.add((figure.name, figure.scope))
    ours = _of_kind(project_id, kind).values_list("pk", "name", "scope")
    gone = [pk for pk, *place in ours if tuple(place) not in stored]
    StoredFigure.objects.filter(pk__in=gone).delete()
    AgreementState.objects.filter(project=project_id).update(**{f"{kind}_until": None})
    return len(stored)


def _of_kind(project_id: int, kind: Kind) -> QuerySet[StoredFigure]:
    rows = StoredFigure.objects.filter(project=project_id)
    return rows.filter(name=INTERVALS) if kind == "intervals" else rows.exclude(name=INTERVALS)
