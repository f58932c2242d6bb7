"""Addresses: pages at the root, the API under /api/v1, the administrators' site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from annotator.api.urls import health_urlpatterns
from annotator.config.admin_door import sign_in

urlpatterns = [
    path("admin/login/", sign_in),
    path("admin/", admin.site.urls),
    path("api/v1/", include("annotator.api.urls")),
    *health_urlpatterns,
    path("", include("annotator.web.urls")),
]

handler500 = "annotator.config.outage.broken"
