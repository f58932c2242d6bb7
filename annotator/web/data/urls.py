"""Addresses of imports and jobs."""

from __future__ import annotations

from django.urls import path

from annotator.web.data import views

urlpatterns = [
    path("data", views.data, name="data"),
    path("data/upload", views.upload, name="data-upload"),
    path("data/check", views.check, name="data-check"),
    path("jobs", views.jobs_page, name="jobs"),
    path("jobs/<str:job>/stop", views.stop, name="job-stop"),
    path("jobs/<str:job>/rejected", views.rejected, name="job-rejected"),
]

root_urlpatterns = [path("jobs", views.all_jobs, name="all-jobs")]
"""Outside of a project: the jobs of every project the person manages."""
