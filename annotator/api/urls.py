"""Addresses of the API, and of the house's health."""

from __future__ import annotations

from django.http import Http404
from django.urls import path, re_path
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api import (
    agreement,
    asides,
    health,
    imports,
    jobs,
    jury,
    labeling,
    policy,
    progress,
    releases,
    session,
    tokens,
    units,
)
from annotator.api.resource import Resource
from annotator.api.schema import SchemaResource


class Absent(Resource):
    """Any other address: 404 in the API's own shape, whoever asks."""

    authentication_classes = ()
    permission_classes = ()
    schema = None

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Say so."""
        raise Http404

    def get(self, request: Request) -> Response:
        """Never reached: `initial` has said so."""
        raise Http404


_UNIT = r"(?P<unit>[A-Za-z0-9_-]{1,32}:[a-z0-9_]{1,20}(?::[0-9]{1,6})?)"

urlpatterns = [
    path("schema", SchemaResource.as_view()),
    path("session", session.SessionResource.as_view()),
    path("tokens", tokens.TokensResource.as_view()),
    path("tokens/<slug:token>", tokens.TokenResource.as_view()),
    path("projects/<slug:slug>/lease", labeling.LeaseResource.as_view()),
    path("assignments/<slug:assignment>/heartbeat", labeling.HeartbeatResource.as_view()),
    path("assignments/<slug:assignment>/release", labeling.ReleaseResource.as_view()),
    path("assignments/<slug:assignment>/skip", labeling.SkipResource.as_view()),
    path("assignments/<slug:assignment>/draft", labeling.DraftResource.as_view()),
    path("assignments/<slug:assignment>/submit", labeling.SubmitResource.as_view()),
    path("projects/<slug:slug>/progress", progress.ProgressResource.as_view()),
    path("projects/<slug:slug>/agreement", agreement.AgreementResource.as_view()),
    path("projects/<slug:slug>/units", units.UnitsResource.as_view()),
    re_path(rf"^projects/(?P<slug>[-a-zA-Z0-9_]+)/units/{_UNIT}$", units.UnitResource.as_view()),
    path("projects/<slug:slug>/whatif", policy.WhatIfResource.as_view()),
    path("projects/<slug:slug>/policy", policy.PolicyResource.as_view()),
    path("projects/<slug:slug>/policy/apply", policy.ApplyResource.as_view()),
    path("projects/<slug:slug>/runs", policy.RunsResource.as_view()),
    path("projects/<slug:slug>/runs/<int:run>/rollback", policy.RollBackResource.as_view()),
    path("projects/<slug:slug>/runs/<int:run>/resume", policy.ResumeResource.as_view()),
    path("projects/<slug:slug>/imports", imports.ImportsResource.as_view()),
    path("projects/<slug:slug>/jury", jury.JuryResource.as_view()),
    path("projects/<slug:slug>/set-asides", asides.AsidesResource.as_view()),
    path("projects/<slug:slug>/set-asides/preview", asides.AsidePreviewResource.as_view()),
    path("projects/<slug:slug>/set-asides/resume", asides.AsideResumeResource.as_view()),
    path("projects/<slug:slug>/set-asides/<slug:aside>/lift", asides.AsideLiftResource.as_view()),
    path("projects/<slug:slug>/releases", releases.ReleasesResource.as_view()),
    path("projects/<slug:slug>/releases/<int:number>", releases.ManifestResource.as_view()),
    path("projects/<slug:slug>/releases/<int:number>/export", releases.ExportResource.as_view()),
    path("jobs/<slug:job>", jobs.JobResource.as_view()),
    path("jobs/<slug:job>/stop", jobs.JobStopResource.as_view()),
    re_path(r"", Absent.as_view()),
]

health_urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
]
