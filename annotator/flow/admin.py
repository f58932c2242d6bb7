"""What the administrators' site shows of flow."""

from __future__ import annotations

from django.contrib import admin

from annotator.core.admin import ReadOnlyAdmin
from annotator.flow.models import Job

admin.site.register(
    [
        Job,
    ],
    ReadOnlyAdmin,
)
