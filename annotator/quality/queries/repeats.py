"""Whether people agree with themselves: the same unit, asked of the same person again."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from annotator.catalog.queries import ProjectView, members
from annotator.labeling.models import Assignment
from annotator.labeling.models import Vote as HumanVote
from annotator.quality.queries.shares import Share


@dataclass(frozen=True, slots=True)
class SelfConsistency:
    """How often a person gave the same answer to what they were asked again."""

    name: str
    same: Share


def self_consistency(project: ProjectView) -> tuple[SelfConsistency, ...]:
    """Return the self-consistency of everybody who was asked anything twice, by name.

    Each answer on a repeat seat is compared with the person's first blind one to the same question.
    """
    again = HumanVote.objects.filter(
        unit__item__project=project.id, population=HumanVote.Population.REPEAT
    )
    repeated = list(
        again.order_by("pk").values_list("annotation__person_id", "unit_id", "question", "value")
    )
    if not repeated:
        return ()
    first: dict[tuple[int, int, str], str] = {}
    rows = HumanVote.objects.filter(
        unit__in={unit for _, unit, _, _ in repeated},
        annotation__person__in={person for person, *_ in repeated},
        annotation__assignment__reason__in=Assignment.COUNTING,
    ).exclude(population="")
    for person, unit, question, value in rows.order_by("pk").values_list(
        "annotation__person_id", "unit_id", "question", "value"
    ):
        first.setdefault((person, unit, question), value)
    n: dict[int, int] = defaultdict(int)
    same: dict[int, int] = defaultdict(int)
    for person, unit, question, value in repeated:
        before = first.get((person, unit, question))
        if before is not None:
            n[person] += 1
            same[person] += before == value
    return tuple(
        SelfConsistency(row.name, Share(same[row.person_id], n[row.person_id]))
        for row in members(project.id)
        if n[row.person_id]
    )
