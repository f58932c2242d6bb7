"""What-if, a policy put into force, the re-decisions that followed, and the way back."""

from __future__ import annotations

from typing import Final

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api import pagination
from annotator.api.body import Body, Text
from annotator.api.jobs import Nothing, Started
from annotator.api.resource import Resource
from annotator.catalog.queries import MANAGERS, project_for
from annotator.core.errors import Invalid
from annotator.flow import redecide, whatif
from annotator.quality.queries.runs import RunView, runs

CURSOR = OpenApiParameter("cursor", str, description="`next` of the answer before.")
LIMIT = OpenApiParameter("limit", int, description="At most 500.", default=100)
MOST_DIGITS: Final = 18


class Wished(Body):
    """A policy with the options that are not as in force, or as by default."""

    policy = Text(help_text="The policy's name.")
    options = serializers.DictField(required=False, default=dict)
    prices = serializers.BooleanField(
        required=False, default=False, help_text="Also at other prices of a label (panel)."
    )


class Applied(Body):
    """A policy to be put into force."""

    policy = Text(help_text="The policy's name.")
    options = serializers.DictField(required=False, default=dict)
    seen = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        help_text="The version in force when this was decided; another one since is 409.",
    )


class InForce(serializers.Serializer[None]):
    """The policy in force."""

    name = serializers.CharField()
    version = serializers.IntegerField()
    options = serializers.DictField()


class Run(serializers.Serializer[None]):
    """A re-decision: the versions before and after, how far it is, what it did."""

    id = serializers.IntegerField()
    before = serializers.IntegerField()
    after = serializers.IntegerField()
    policy = serializers.CharField()
    state = serializers.ChoiceField(choices=["running", "done", "rolling_back", "rolled_back"])
    counts = serializers.DictField(child=serializers.IntegerField())
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class RunPage(serializers.Serializer[None]):
    """Some re-decisions, the newest first."""

    results = Run(many=True)
    next = serializers.CharField(allow_null=True)


class WhatIfResource(Resource):
    """What another policy would do, for managers; changes nothing."""

    scope = "manage"

    @extend_schema(request=Wished, responses={202: Started})
    def post(self, request: Request, slug: str) -> Response:
        """Start the job whose result is the object of the command `whatif`."""
        wanted = self.read(request, Wished)
        job = whatif.start(
            self.actor(request),
            slug,
            wanted["policy"],
            wanted["options"],
            slider=wanted["prices"],
        )
        return Response({"job": job}, status=202)


class PolicyResource(Resource):
    """The policy in force, for managers."""

    scope = "read"

    @extend_schema(responses=InForce)
    def get(self, request: Request, slug: str) -> Response:
        """Return it; a fit is shown by its size."""
        project = project_for(self.actor(request), slug, MANAGERS)
        return Response(whatif.version_document(project.policy))


class ApplyResource(Resource):
    """Putting a policy into force, for managers."""

    scope = "manage"

    @extend_schema(request=Applied, responses={202: Started})
    def post(self, request: Request, slug: str) -> Response:
        """Put a policy into force and start deciding everything again under it."""
        wanted = self.read(request, Applied)
        actor = self.actor(request)
        project = project_for(actor, slug, MANAGERS)
        wish = whatif.wish(project, wanted["policy"], wanted["options"])
        job = redecide.start(actor, slug, wish, seen=wanted["seen"])
        return Response({"job": job}, status=202)


class RunsResource(Resource):
    """A project's re-decisions, for managers."""

    scope = "read"
    query_keys = pagination.QUERY_KEYS

    @extend_schema(operation_id="projects_runs_list", parameters=[CURSOR, LIMIT], responses=RunPage)
    def get(self, request: Request, slug: str) -> Response:
        """Return them, the newest first."""
        project = project_for(self.actor(request), slug, MANAGERS)
        page = pagination.page_of(request.query_params.dict())
        found = runs(project.id, limit=page.limit + 1, before=_number(page.after))
        rows = found[: page.limit]
        after = str(rows[-1].id) if len(found) > page.limit else None
        return Response(pagination.results([_document(row) for row in rows], after=after))


class RollBackResource(Resource):
    """The way back from a re-decision, for managers."""

    scope = "manage"

    @extend_schema(request=None, responses={202: Started})
    def post(self, request: Request, slug: str, run: int) -> Response:
        """Put the earlier policy into force again and start restoring what it had decided."""
        self.read(request, Nothing)
        return Response({"job": redecide.roll_back(self.actor(request), slug, run)}, status=202)


class ResumeResource(Resource):
    """The rest of a re-decision that was stopped, for managers."""

    scope = "manage"

    @extend_schema(request=None, responses={202: Started})
    def post(self, request: Request, slug: str, run: int) -> Response:
        """Go on where it was, forward or back."""
        self.read(request, Nothing)
        return Response({"job": redecide.resume(self.actor(request), slug, run)}, status=202)


def _number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        message = "The cursor is not one of this list."
        raise Invalid(message, fields={"cursor": message})
    return int(text)


def _document(row: RunView) -> dict[str, object]:
    return {
        "id": row.id,
        "before": row.before,
        "after": row.after,
        "policy": row.policy,
        "state": row.state,
        "counts": dict(row.counts),
        "created_at": row.created_at,
        "ended_at": row.ended_at,
    }
