"""What the administrators' site shows of quality."""

from __future__ import annotations

from django.contrib import admin

from annotator.core.admin import ReadOnlyAdmin
from annotator.quality.models import (
    Decision,
    FitAnswer,
    Lifting,
    PatternCount,
    PatternDelta,
    PolicyFit,
    PolicyRun,
    Ruling,
    SetAside,
    SetAsideAnswer,
    StoredFigure,
)

admin.site.register(
    [
        Decision,
        PatternCount,
        PatternDelta,
        Ruling,
        PolicyRun,
        PolicyFit,
        FitAnswer,
        StoredFigure,
        SetAside,
        SetAsideAnswer,
        Lifting,
    ],
    ReadOnlyAdmin,
)
