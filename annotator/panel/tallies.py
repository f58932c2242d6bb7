"""What the jury's writes change in the counts of a project: inquiries by juror version, and money.

Counted are the panel's inquiries, but for those that ended because nobody is that juror any more.
An inquiry waits while it is queued or leased: to lease one, to release it or to let its lease run out
changes no count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db.models import QuerySet

from annotator.intake.state_counts import COST, INQUIRY, WAITING, Place, note
from annotator.panel.models import SUPERSEDED, Inquiry
from jury.opinion import Outcome

PICO: Final = 1_000_000_000_000
"""Money is counted in whole trillionths: a token at a price of six digits a million is some of them,
and sums do not depend on their order."""


def place(version: int, state: str) -> Place:
    """Return where an inquiry in a state is counted."""
    waiting = state in {Inquiry.State.QUEUED, Inquiry.State.LEASED}
    return Place(INQUIRY, str(version), WAITING if waiting else state)


def pico(cost: float) -> int:
    """Return money in trillionths."""
    return round(cost * PICO)


def note_calls(projects: Mapping[int, int], outcomes: Iterable[Outcome]) -> None:
    """Say what calls have cost; `projects` are those of the inquiries."""
    spent: Counter[int] = Counter()
    for outcome in outcomes:
        for call in outcome.calls:
            if call.usage.cost is not None:
                spent[projects[outcome.task]] += pico(call.usage.cost)
    for project_id, n in spent.items():
        note(project_id, {Place(COST, "", ""): n})


def move(rows: QuerySet[Inquiry], project_id: int, **values: Any) -> int:  # noqa: ANN401 - columns
    """Update inquiries of a project and say how the counts change; return how many there were.

    One UPDATE for each place that they leave: only the rows it changes are counted.
    """
    moved = rows.exclude(purpose=Inquiry.Purpose.PANEL).update(**values)
    panel = rows.filter(purpose=Inquiry.Purpose.PANEL)
    places = panel.values_list("juror_version", "state", "reason").order_by().distinct()
    alike = {(version, state, reason == SUPERSEDED) for version, state, reason in places}
    for version, state, gone in sorted(alike):
        here = panel.filter(juror_version=version, state=state)
        here = here.filter(reason=SUPERSEDED) if gone else here.exclude(reason=SUPERSEDED)
        n = here.update(**values)
        moves: Counter[Place] = Counter()
        if not gone:
            moves[place(version, state)] -= n
        if values.get("reason") != SUPERSEDED:
            moves[place(version, values["state"])] += n
        note(project_id, moves)
        moved += n
    return moved
