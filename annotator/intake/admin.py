"""What the administrators' site shows of intake."""

from __future__ import annotations

from django.contrib import admin

from annotator.core.admin import ReadOnlyAdmin
from annotator.intake.models import Batch, Item, Turn, Unit

admin.site.register(
    [
        Batch,
        Item,
        Turn,
        Unit,
    ],
    ReadOnlyAdmin,
)
