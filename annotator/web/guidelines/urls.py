"""Addresses of the guideline library."""

from __future__ import annotations

from django.urls import path

from annotator.web.guidelines import views

urlpatterns = [
    path("guidelines", views.library, name="guidelines"),
    path("guidelines/<str:category>", views.rule, name="guideline"),
]
