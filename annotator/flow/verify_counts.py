"""The counts behind agreement, made anew from the votes."""

from __future__ import annotations

from collections import Counter

from annotator.catalog.queries import ProjectView
from annotator.flow.verify_report import Report
from annotator.quality.models import PatternCount
from annotator.quality.patterns import VERDICT
from annotator.quality.queries.recount import Place, from_counts, from_votes

Row = tuple[str, str, str, str]
"""A target, a question, a population and a pattern."""


def check_counts(project: ProjectView, book: Report) -> None:
    """Compare the counts, with what is not folded yet, to the votes and what is stored of each.

    What is stored of a vote is compared with the evidence item by item; both together leave no way
    from the evidence to a coefficient unchecked. The parts must add up to the whole.
    """
    stored, computed = from_counts(project), from_votes(project)
    for place in sorted({*stored, *computed}):
        book.saw("counts")
        book.compare("pattern_count", _name(place), stored.get(place, 0), computed.get(place, 0))
    whole, *parts = (_folded(project, kind) for kind in (PatternCount.WHOLE, "batch:", "week:"))
    for kind, part in zip(("import", "week"), parts, strict=True):
        for row in sorted({*whole, *part}):
            name = f"{kind}:{':'.join(row)}"
            book.compare("pattern_part", name, part.get(row, 0), whole.get(row, 0))


def _name(place: Place) -> str:
    target, question, mark = place
    return ":".join((target, question, *mark))


def _folded(project: ProjectView, kind: str) -> dict[Row, int]:
    rows = PatternCount.objects.filter(project=project.id, level=VERDICT)
    rows = rows.filter(part__startswith=kind) if kind else rows.filter(part=kind)
    found: Counter[Row] = Counter()
    for *row, n in rows.values_list("target", "question", "population", "pattern", "n"):
        found[row[0], row[1], row[2], row[3]] += n
    return {row: n for row, n in found.items() if n}
