"""Addresses of people."""

from __future__ import annotations

from django.urls import path

from annotator.web.people import views

urlpatterns = [
    path("people", views.listing, name="people"),
    path("people/invite", views.invite, name="people-invite"),
    path("people/<str:pseudonym>/role", views.role, name="people-role"),
    path("people/<str:pseudonym>/labeling", views.labeling, name="people-labeling"),
    path("people/<str:pseudonym>/deactivate", views.deactivate, name="people-deactivate"),
    path("people/<str:pseudonym>/close", views.close, name="people-close"),
    path("people/<str:pseudonym>/reopen", views.reopen, name="people-reopen"),
    path("people/<str:pseudonym>/reactivate", views.reactivate, name="people-reactivate"),
]
