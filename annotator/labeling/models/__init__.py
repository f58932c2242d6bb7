"""Seats, annotations and votes of people."""

from __future__ import annotations

from annotator.labeling.models.annotations import Annotation, Vote
from annotator.labeling.models.seats import Assignment, ClaimCursor, Shown
from annotator.labeling.models.work import Draft, Session

__all__ = [
    "Annotation",
    "Assignment",
    "ClaimCursor",
    "Draft",
    "Session",
    "Shown",
    "Vote",
]
