"""How long a label takes: the active seconds people's own clocks measured."""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import Final

from annotator.catalog.queries import ProjectView
from annotator.labeling.models import Annotation, Assignment
from jury.policy.rates import Rates

LATEST: Final = 10_000
"""Answers that are looked at: what a label takes today."""


def rates(project: ProjectView) -> Rates:
    """Return what a label costs: the median seconds of the latest answers, by target.

    The seconds of an answer about several targets are shared evenly among them.
    """
    rows = Annotation.objects.filter(
        assignment__project=project.id,
        assignment__reason__in=Assignment.COUNTING,
        latest=True,
        withdrawn_at__isnull=True,
        seconds__gt=0,
    ).order_by("-pk")
    taken: dict[str, list[float]] = defaultdict(list)
    measured = 0
    for seconds, asks in rows.values_list("seconds", "assignment__asks")[:LATEST]:
        measured += 1
        for target in asks:
            taken[target.partition(":")[0]].append(float(seconds or 0.0) / len(asks))
    every = [each for found in taken.values() for each in found]
    return Rates(
        seconds={target: median(found) for target, found in sorted(taken.items())},
        any_seconds=median(every) if every else None,
        measured=measured,
        per_label=project.price_per_label,
        per_hour=project.price_per_hour,
    )
