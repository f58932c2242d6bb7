"""Addresses of what is set aside."""

from __future__ import annotations

from django.urls import path

from annotator.web.asides import views

urlpatterns = [
    path("quality/set-aside", views.page, name="asides"),
    path("quality/set-aside/make", views.make, name="aside-make"),
    path("quality/set-aside/resume", views.resume, name="aside-resume"),
    path("quality/set-aside/<str:public_id>/lift", views.lift, name="aside-lift"),
]
