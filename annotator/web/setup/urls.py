"""Address of the set-up page."""

from __future__ import annotations

from django.urls import path

from annotator.web.setup import views

urlpatterns = [path("setup", views.setup, name="setup")]
