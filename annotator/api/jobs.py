"""GET /jobs/{j} and POST /jobs/{j}/stop: long work."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.body import Body
from annotator.api.resource import Resource
from annotator.flow import jobs
from annotator.flow.jobs import JobView


class Started(serializers.Serializer[None]):
    """The job that was started."""

    job = serializers.CharField()


class JobShown(serializers.Serializer[None]):
    """A job's state."""

    id = serializers.CharField()
    project = serializers.CharField()
    kind = serializers.CharField()
    state = serializers.ChoiceField(choices=["queued", "running", "done", "failed", "stopped"])
    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    result = serializers.DictField(allow_null=True)
    error = serializers.CharField(allow_null=True)


class Nothing(Body):
    """No keys."""


class JobResource(Resource):
    """One job, for the project's managers."""

    scope = "read"

    @extend_schema(responses=JobShown)
    def get(self, request: Request, job: str) -> Response:
        """Return how far it is."""
        return Response(_document(jobs.view(self.actor(request), job)))


class JobStopResource(Resource):
    """Stopping a job."""

    scope = "manage"

    @extend_schema(request=None, responses=JobShown)
    def post(self, request: Request, job: str) -> Response:
        """Ask it to stop; what it did stays."""
        self.read(request, Nothing)
        return Response(_document(jobs.stop(self.actor(request), job)))


def _document(job: JobView) -> dict[str, object]:
    return {
        "id": job.public_id,
        "project": job.project,
        "kind": job.kind,
        "state": job.state,
        "done": job.done,
        "total": job.total,
        "result": dict(job.result) if job.result is not None else None,
        "error": job.error or None,
    }
