"""Addresses of labeling."""

from __future__ import annotations

from django.urls import path

from annotator.web.label import views

urlpatterns = [
    path("label", views.label, name="label"),
    path("label/claim", views.claim, name="label-claim"),
    path("label/previous", views.previous, name="label-previous"),
    path("label/<str:assignment>/submit", views.submit, name="label-submit"),
    path("label/<str:assignment>/skip", views.skip, name="label-skip"),
    path("label/<str:assignment>/release", views.release, name="label-release"),
]
