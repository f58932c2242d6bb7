"""POST /projects/{p}/jury: run, pause, resume, stop, retry_failed."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.body import Body, Text
from annotator.api.jobs import Started
from annotator.api.resource import Resource
from annotator.flow import jury_jobs

RUNS = ("run", "retry_failed")


class Action(Body):
    """What the jury is to do."""

    action = Text(help_text="run, pause, resume, stop or retry_failed.")


class JuryResource(Resource):
    """A project's jury, for managers."""

    scope = "manage"

    @extend_schema(request=Action, responses={202: Started})
    def post(self, request: Request, slug: str) -> Response:
        """Start a run, or pause, resume or stop the jury."""
        action = self.read(request, Action)["action"]
        actor = self.actor(request)
        if action in RUNS:
            job = jury_jobs.start(actor, slug, retry_failed=action == "retry_failed")
            return Response({"job": job}, status=202)
        return Response({"job": jury_jobs.control(actor, slug, action)}, status=202)
