"""What the administrators' site shows of quality."""

from __future__ import annotations

from django.contrib import admin

from annotator.core.admin import ReadOnlyAdmin
from annotator.quality.models import (
    Decision,
    FitAnswer,
    PolicyFit,
    PolicyRun,
    Ruling,
)

admin.site.register(
    [
        Decision,
        Ruling,
        PolicyRun,
        PolicyFit,
        FitAnswer,
    ],
    ReadOnlyAdmin,
)
