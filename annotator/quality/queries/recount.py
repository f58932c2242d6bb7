"""The counts of patterns made anew from the votes: what the folded ones and the pending must be."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Final

from django.db.models import Value

from annotator.catalog.queries import ProjectView
from annotator.intake.models import Unit
from annotator.labeling.models import Vote as HumanVote
from annotator.panel.models import Vote as JurorVote
from annotator.quality.models import PatternCount, PatternDelta
from annotator.quality.patterns import JUROR, Mark, Token, written
from annotator.quality.queries.counted import lens_of

EVERY: Final = 1_000
Place = tuple[str, str, Mark]
"""A target, a question and a mark."""
Text = tuple[str, str, int, str]
"""A target, a question, an import's number, and what was said."""


def texts(
    project: ProjectView, *, step: Callable[[int, int], None] | None = None
) -> Mapping[Text, int]:
    """Return how many units were voted on in each way, by the votes and what is stored of each.

    `step` is told now and then, and at the end, how many of how many answers to questions were
    looked at.
    """
    alike: Counter[Text] = Counter()
    total = Unit.objects.filter(project=project.id).count() * len(project.questions) if step else 0
    for done, (target, question, batch, tokens) in enumerate(_units(project), start=1):
        alike[target, question, batch, written(tokens)] += 1
        if step and done % EVERY == 0:
            step(done, total)
    if step:
        step(total, total)
    return alike


def folded_rows(project: ProjectView) -> int:
    """Return how many rows the folded counts have."""
    return PatternCount.objects.filter(project=project.id).count()


def from_votes(project: ProjectView) -> Mapping[Place, int]:
    """Return how many units have each mark, by the votes."""
    found: dict[Place, int] = defaultdict(int)
    for (target, question, _, text), units in texts(project).items():
        _add(found, project, (target, question), text, units)
    return {place: n for place, n in found.items() if n}


def from_counts(project: ProjectView) -> Mapping[Place, int]:
    """Return the same as it is stored: what is folded, and what is not yet.

    Two statements, so that nobody may vote meanwhile: the caller holds a snapshot.
    """
    found: dict[Place, int] = defaultdict(int)
    rows = PatternCount.objects.filter(project=project.id, part=PatternCount.WHOLE)
    for target, question, population, level, pattern, n in rows.values_list(
        "target", "question", "population", "level", "pattern", "n"
    ).iterator():
        found[target, question, Mark(population, level, pattern)] += n
    deltas = PatternDelta.objects.filter(project=project.id)
    for target, question, before, now in deltas.values_list(
        "target", "question", "before", "now"
    ).iterator():
        _add(found, project, (target, question), before, -1)
        _add(found, project, (target, question), now, 1)
    return {place: n for place, n in found.items() if n}


def _add(
    found: dict[Place, int], project: ProjectView, at: tuple[str, str], text: str, units: int
) -> None:
    lens = lens_of(project, at[1])
    if lens is not None:
        for mark, n in lens.marks(text).items():
            found[*at, mark] += n * units


def _units(project: ProjectView) -> Iterator[tuple[str, str, int, list[Token]]]:
    """Yield each unit's target, question, import, and votes that enter anything."""
    at = ("unit_id", "question", "unit__target", "unit__item__batch__number")
    people = (
        HumanVote.objects.filter(unit__item__project=project.id)
        .exclude(population="", counts=False)
        .order_by("unit_id", "question")
        .values_list(*at, "population", "counts", "value", "categories")
    )
    jurors = (
        JurorVote.objects.filter(unit__item__project=project.id, counts=True)
        .order_by("unit_id", "question")
        .values_list(*at, Value(JUROR), "counts", "value", "categories")
    )
    said = merge(people.iterator(), jurors.iterator(), key=itemgetter(0, 1))
    for (_, question), group in groupby(said, key=itemgetter(0, 1)):
        rows = list(group)
        tokens = [Token(row[4], row[5], row[6], tuple(row[7])) for row in rows]
        yield rows[0][2].partition(":")[0], question, rows[0][3], tokens
