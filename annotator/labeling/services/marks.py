"""What is derived of people's votes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from annotator.core.prepared_writes import PreparedUpdate
from annotator.labeling.models import Vote

_COUNT: Final = PreparedUpdate(
    lambda votes, population: (
        Vote.objects.filter(pk__in=votes),
        {"counts": True, "population": population},
    )
)


def mark_votes(marks: Mapping[int, tuple[bool, str]]) -> None:
    """Write what is derived of people's votes: whether each counts, and its population."""
    alike: dict[tuple[bool, str], list[int]] = {}
    for vote, mark in marks.items():
        alike.setdefault(mark, []).append(vote)
    for (counts, population), votes in alike.items():
        if counts:
            _COUNT(votes=tuple(votes), population=population)
        else:
            Vote.objects.filter(pk__in=votes).update(counts=False, population=population)
