"""Projects that look larger than they are."""

from __future__ import annotations

import json
from collections import Counter

from django.db.models import F

from annotator.catalog.queries import ProjectView
from annotator.quality.lens import sums_key
from annotator.quality.models import PatternCount
from annotator.quality.queries.stored import SMALL
from jury.agreement.coincidences import Coincidences


def make_large(project: ProjectView) -> None:
    """Let the project look larger than it is: many units under another target."""
    place = ("gone", "safety", "all", "verdict")
    names = ("target", "question", "population", "level")
    PatternCount.objects.create(
        project_id=project.id,
        **dict(zip(names, place, strict=True)),
        pattern='[["safe",3]]',
        key="0" * 32,
        n=SMALL + 1,
    )


def add_sets(project: ProjectView) -> None:
    """Many patterns of many sets, as a large project has them, and their sums."""
    names = [f"c{n:03}" for n in range(160)]
    apart, sums = Coincidences("|", {}), Counter[str]()
    for number, name in enumerate(names):
        other = names[number * 7 % len(names)]
        said, n = {name: 2, f"{name}|{other}|x": 1}, 1 + number % 5
        add_count(project, "fine", json.dumps(sorted(said.items())), n)
        for summed, times in apart.of(said):
            sums[sums_key(summed)] += times * n
    for key, n in sums.items():
        old = PatternCount.objects.filter(
            target="prompt", population="all", level="sums:fine", pattern=key
        )
        if not old.update(n=F("n") + n):
            add_count(project, "sums:fine", key, n)


def add_count(project: ProjectView, level: str, pattern: str, n: int) -> None:
    """Add a row to the counts."""
    PatternCount.objects.create(
        project_id=project.id,
        target="prompt",
        question="safety",
        population="all",
        level=level,
        pattern=pattern,
        key=f"set{PatternCount.objects.count():029}",
        n=n,
    )
