"""What the administrators' site shows of audit."""

from __future__ import annotations

from django.contrib import admin

from annotator.audit.models import Event
from annotator.core.admin import ReadOnlyAdmin

admin.site.register(
    [
        Event,
    ],
    ReadOnlyAdmin,
)
