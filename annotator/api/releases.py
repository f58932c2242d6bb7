"""POST /projects/{p}/releases freezes by a job; GET /releases/{n} and /releases/{n}/export read."""

from __future__ import annotations

import base64

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.body import Body, Text
from annotator.api.jobs import Started
from annotator.api.resource import Resource
from annotator.core.errors import Invalid
from annotator.flow import jobs, releases

KIND = "freeze"
FORMAT = OpenApiParameter("format", str, default="jsonl")
SHAPE = OpenApiParameter("shape", str, description="units, items or votes, as the format has them.")


class Freeze(Body):
    """Gates that may be shut, each with the reason why."""

    overrides = serializers.DictField(child=Text(), required=False, default=dict)


class ReleasesResource(Resource):
    """Freezing a release, for managers."""

    scope = "manage"

    @extend_schema(request=Freeze, responses={202: Started})
    def post(self, request: Request, slug: str) -> Response:
        """Start freezing; a shut gate without a reason fails the job."""
        overrides = dict(self.read(request, Freeze)["overrides"])
        unknown = sorted(set(overrides) - set(releases.GATE_NAMES))
        if unknown:
            message = f"Unknown gates: {', '.join(unknown)}."
            raise Invalid(
                message, fields={f"overrides.{name}": "Unknown gate." for name in unknown}
            )
        job = jobs.start(self.actor(request), slug, KIND, {"overrides": overrides})
        return Response({"job": job}, status=202)


class ManifestResource(Resource):
    """One release, for managers and auditors."""

    scope = "read"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, slug: str, number: int) -> Response:
        """Return its manifest."""
        return Response(dict(releases.manifest(self.actor(request), slug, number)))


class ExportResource(Resource):
    """A release as a file, for managers and auditors."""

    scope = "read"
    query_keys = frozenset({"format", "shape"})

    @extend_schema(parameters=[FORMAT, SHAPE], responses={(200, "application/octet-stream"): bytes})
    def get(self, request: Request, slug: str, number: int) -> FileResponse:
        """Stream the file; `Digest` holds its SHA-256 in base64."""
        found = releases.download(
            self.actor(request),
            slug,
            number,
            format_key=request.query_params.get("format", "jsonl"),
            shape=request.query_params.get("shape"),
        )
        answer = FileResponse(
            found.path.open("rb"),
            as_attachment=True,
            filename=found.filename,
            content_type=found.media_type,
        )
        digest = base64.b64encode(bytes.fromhex(found.sha256)).decode()
        answer["Digest"] = f"sha-256={digest}"
        answer["X-Content-Type-Options"] = "nosniff"
        return answer
