"""What the administrators' site shows of labeling."""

from __future__ import annotations

from django.contrib import admin

from annotator.core.admin import ReadOnlyAdmin
from annotator.labeling.models import Annotation, Assignment, Session, Vote

admin.site.register(
    [
        Assignment,
        Annotation,
        Vote,
        Session,
    ],
    ReadOnlyAdmin,
)
