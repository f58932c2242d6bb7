"""What the administrators' site shows of catalog."""

from __future__ import annotations

from django.contrib import admin

from annotator.catalog.models import (
    Deconfliction,
    Guideline,
    GuidelineSet,
    Membership,
    PolicyVersion,
    Project,
    Question,
    Target,
    Taxonomy,
)
from annotator.core.admin import ReadOnlyAdmin

admin.site.register(
    [
        Project,
        Membership,
        Taxonomy,
        Target,
        Question,
        PolicyVersion,
        GuidelineSet,
        Guideline,
        Deconfliction,
    ],
    ReadOnlyAdmin,
)
