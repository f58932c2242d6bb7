"""Addresses of adjudication."""

from __future__ import annotations

from django.urls import path

from annotator.web.review import views

urlpatterns = [
    path("adjudicate", views.adjudicate, name="adjudicate"),
    path("adjudicate/claim", views.claim, name="adjudicate-claim"),
    path("adjudicate/previous", views.previous, name="adjudicate-previous"),
    path("adjudicate/<str:assignment>/decide", views.decide, name="adjudicate-decide"),
    path("adjudicate/<str:assignment>/release", views.release, name="adjudicate-release"),
]
