"""What the administrators' site shows of quality."""

from __future__ import annotations

from django.contrib import admin

from annotator.core.admin import ReadOnlyAdmin
from annotator.quality.models import (
    Decision,
    PatternCount,
    PatternDelta,
    Ruling,
    StoredFigure,
)

admin.site.register(
    [
        Decision,
        PatternCount,
        PatternDelta,
        Ruling,
        StoredFigure,
    ],
    ReadOnlyAdmin,
)
