"""What the administrators' site shows of panel."""

from __future__ import annotations

from django.contrib import admin

from annotator.core.admin import ReadOnlyAdmin
from annotator.panel.models import Call, Inquiry, Juror, JurorVersion, Opinion, Panel, Vote

admin.site.register(
    [
        Juror,
        JurorVersion,
        Panel,
        Inquiry,
        Call,
        Opinion,
        Vote,
    ],
    ReadOnlyAdmin,
)
