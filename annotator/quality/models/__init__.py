"""Decisions, rulings, the counts behind agreement, and answers that are set aside."""

from __future__ import annotations

from annotator.quality.models.agreement import (
    AgreementState,
    PatternCount,
    PatternDelta,
    StoredFigure,
)
from annotator.quality.models.asides import Lifting, SetAside, SetAsideAnswer
from annotator.quality.models.decisions import Decision, FitAnswer, PolicyFit, PolicyRun, Ruling

__all__ = [
    "AgreementState",
    "Decision",
    "FitAnswer",
    "Lifting",
    "PatternCount",
    "PatternDelta",
    "PolicyFit",
    "PolicyRun",
    "Ruling",
    "SetAside",
    "SetAsideAnswer",
    "StoredFigure",
]
