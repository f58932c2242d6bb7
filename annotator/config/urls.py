"""Addresses: pages at the root, the API under /api/v1, the administrators' site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from annotator.api.urls import health_urlpatterns

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", include("annotator.api.urls")),
    *health_urlpatterns,
    path("", include("annotator.web.urls")),
]
