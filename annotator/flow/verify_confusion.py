"""Which categories people take for each other, computed again from raw votes: for `verify`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final

import numpy as np

from annotator.catalog.queries import ProjectView
from annotator.flow.verify_report import Report
from annotator.quality.patterns import FIRST_PASS, SEPARATOR
from annotator.quality.queries.categories import confusion_pairs
from annotator.quality.queries.population import Scope, ballots
from jury.agreement.confusion import category_confusion
from jury.agreement.table import table_from_matrix

# Patterns by the sets that occur in them: some megabytes, however many sets there are.
BLOCK: Final = 500
Alike = Mapping[tuple[str, ...], int]
"""How many units were given which sets of categories, each set joined by `|`."""
Pair = tuple[str, str]


def check_confusion(project: ProjectView, book: Report) -> None:
    """Compare the confused pairs of every target with the library's, on units and pairs of votes.

    What is published is counted where votes change, by rules of its own; the library looks at all
    votes of the first pass at once.
    """
    asking = next((each.key for each in project.questions if each.categories is not None), None)
    for target in project.targets if asking else ():
        published = {
            (each.first, each.second): [each.units, each.votes]
            for each in confusion_pairs(project, target.key)
        }
        computed = confusion(_alike(Scope(project, target.key, asking or "")))
        for pair in sorted({*published, *computed}):
            book.saw("counts")
            name = f"{target.key}:{asking}:{FIRST_PASS}:{'~'.join(pair)}"
            nothing = [0, 0]
            stored, found = published.get(pair, nothing), computed.get(pair, nothing)
            book.compare("confusion", name, stored, found)


def confusion(alike: Alike, *, block: int = BLOCK) -> Mapping[Pair, Sequence[int]]:
    """Return [units, pairs of votes] of each two categories that are confused.

    Both add up over units, so that `block` patterns at a time are looked at.
    """
    found: dict[Pair, list[int]] = {}
    rows = list(alike.items())
    for start in range(0, len(rows), block):
        patterns = rows[start : start + block]
        values = sorted({label for labels, _ in patterns for label in labels})
        place = {value: number for number, value in enumerate(values)}
        counts = np.zeros((len(patterns), len(values)), np.int64)
        for row, (labels, _) in zip(counts, patterns, strict=True):
            for label in labels:
                row[place[label]] += 1
        weights = np.array([units for _, units in patterns], np.int64)
        for each in category_confusion(table_from_matrix(counts, weights, values), SEPARATOR):
            sums = found.setdefault((each.first, each.second), [0, 0])
            sums[0] += each.units
            sums[1] += each.pairs
    return found


def _alike(scope: Scope) -> Alike:
    """Return the sets of categories that units were given, in one pass; only where they differ.

    Who chose no category confuses none, and the library's word for it would look like one.
    """
    found: Counter[tuple[str, ...]] = Counter()
    for _, given in groupby(ballots(scope), key=attrgetter("unit")):
        labels = sorted(SEPARATOR.join(each.categories) for each in given if each.categories)
        if len(set(labels)) > 1:
            found[tuple(labels)] += 1
    return found
