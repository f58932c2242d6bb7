"""Addresses of releases."""

from __future__ import annotations

from django.urls import path

from annotator.web.release import views

urlpatterns = [
    path("releases", views.releases_page, name="releases"),
    path("releases/freeze", views.freeze, name="release-freeze"),
    path("releases/<int:number>", views.release_page, name="release"),
    path("releases/<int:number>/export", views.export, name="release-export"),
    path("releases/<int:number>/manifest.json", views.manifest, name="release-manifest"),
]
