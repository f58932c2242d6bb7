"""Whether people agree with themselves: the same unit, asked of the same person again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from annotator.catalog.queries import ProjectView, members
from annotator.labeling.models import Assignment
from annotator.labeling.models import Vote as HumanVote
from jury.agreement.consistency import SelfConsistency, self_consistency

Asked = tuple[int, int]
"""A person's id and a unit's."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """How a person answers one question about units they judged before.

    Attributes:
        name: The person's.
        question: Its key.
        found: Agreement and alpha with their intervals; a unit counts once, however often it was
            asked again.
    """

    name: str
    question: str
    found: SelfConsistency


def repeats(project: ProjectView) -> tuple[Repeated, ...]:
    """Return the self-consistency of everybody who was asked anything again: by name, then question.

    A unit's answers are the person's first blind one, on a seat whose reason counts, and those on
    repeat seats. Questions are kept apart: an answer to one never equals one to another, so that
    together chance agreement would be too small and alpha too large. Targets are taken together.
    """
    found: dict[int, list[tuple[str, SelfConsistency]]] = {}
    for question in project.questions:
        answers = _answers(project, question.key)
        for one in self_consistency(answers):
            found.setdefault(int(one.rater), []).append((question.key, one))
    return tuple(
        Repeated(row.name, question, one)
        for row in members(project.id)
        for question, one in found.get(row.person_id, ())
    )


def _answers(project: ProjectView, question: str) -> Iterator[tuple[str, str, str]]:
    """Yield (unit, person, value) of all that somebody was asked again and had answered before."""
    votes = HumanVote.objects.filter(unit__item__project=project.id, question=question)
    again = votes.filter(population=HumanVote.Population.REPEAT)
    columns = ("annotation__person_id", "unit_id", "value")
    repeated = [
        ((person, unit), value)
        for person, unit, value in again.order_by("pk").values_list(*columns)
    ]
    if not repeated:
        return
    rows = votes.filter(
        unit__in=again.values("unit_id"), annotation__assignment__reason__in=Assignment.COUNTING
    ).exclude(population__in=("", HumanVote.Population.AFTER_REVEAL))
    first: dict[Asked, str] = {}
    wanted = {asked for asked, _ in repeated}
    for person, unit, value in rows.order_by("pk").values_list(*columns).iterator():
        if (person, unit) in wanted:
            first.setdefault((person, unit), value)
    for (person, unit), value in (*first.items(), *repeated):
        if (person, unit) in first:
            yield str(unit), str(person), value
