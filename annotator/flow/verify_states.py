"""The counts of states, made anew from what they count."""

from __future__ import annotations

from annotator.catalog.queries import ProjectView
from annotator.flow.recounting import KINDS, states
from annotator.flow.verify_report import Report
from annotator.intake import state_counts


def check_states(project: ProjectView, book: Report) -> None:
    """Compare the counts, with what is not folded yet; the caller holds a snapshot."""
    stored, computed = state_counts.counts_of(project.id, KINDS), states(project)
    for place in sorted({*stored, *computed}):
        book.saw("counts")
        book.compare("state_count", ":".join(place), stored[place], computed[place])
