"""Addresses of the jury's page."""

from __future__ import annotations

from django.urls import path

from annotator.web.jury import views

urlpatterns = [
    path("jury", views.jury, name="jury"),
    path("jury/control", views.control, name="jury-control"),
]
