"""Addresses of the quality page."""

from __future__ import annotations

from django.urls import path

from annotator.web.quality import views

urlpatterns = [
    path("quality", views.quality, name="quality"),
    path("quality/votes.csv", views.votes, name="quality-votes"),
]
