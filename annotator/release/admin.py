"""What the administrators' site shows of release."""

from __future__ import annotations

from django.contrib import admin

from annotator.core.admin import ReadOnlyAdmin
from annotator.release.models import Export, Release

admin.site.register(
    [
        Release,
        Export,
    ],
    ReadOnlyAdmin,
)
