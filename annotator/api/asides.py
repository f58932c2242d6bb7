"""/projects/{p}/set-asides: answers taken out by a manager, previewed, made, lifted."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api import pagination
from annotator.api.body import Body, Text
from annotator.api.jobs import Nothing, Started
from annotator.api.resource import Resource
from annotator.core.errors import Invalid
from annotator.flow import asides
from annotator.flow.aside_documents import aside_document, listing, preview_document
from annotator.flow.aside_wish import choice_of, grounds_of

CURSOR = OpenApiParameter("cursor", str, description="`next` of the answer before.")
LIMIT = OpenApiParameter("limit", int, description="At most 500.", default=100)


class Whose(Body):
    """Whose answers, and which: one of `person` and `juror`; the filters may be left out."""

    person = Text(required=False, allow_null=True, help_text="A pseudonym.")
    juror = Text(required=False, allow_null=True, help_text="A juror's name.")
    version = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, help_text="Of the juror; default: current."
    )
    until = Text(required=False, allow_null=True, help_text="Given before this date or time.")
    category = Text(required=False, allow_null=True, help_text="Answers that name it.")

    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg] # as its parent
        """Return the fields, and those whose names Python keeps for itself."""
        number = serializers.IntegerField(
            required=False, allow_null=True, min_value=1, help_text="The number of an import."
        )
        given_from = Text(required=False, allow_null=True, help_text="Given at it or later.")
        return {**super().get_fields(), "from": given_from, "import": number}


class Making(Whose):
    """The same, why, and the digest of the preview that was looked at."""

    code = Text(help_text="unreliable, misunderstood, not_blind, technical, requested or other.")
    reason = Text(help_text="In your words, 10 characters or more.")
    seen = Text(required=False, allow_null=True, help_text="`digest` of the preview.")


class AsidePage(serializers.Serializer[None]):
    """Some set-asides."""

    results = serializers.ListField(child=serializers.DictField())
    next = serializers.CharField(allow_null=True)


class AsidesResource(Resource):
    """A project's set-asides, for managers."""

    scope = "manage"
    query_keys = pagination.QUERY_KEYS

    @extend_schema(parameters=[CURSOR, LIMIT], responses=AsidePage)
    def get(self, request: Request, slug: str) -> Response:
        """List them, the newest first, lifted ones too."""
        page = pagination.page_of(request.query_params)
        found = listing(self.actor(request), slug)
        ids = [each.public_id for each in found]
        if page.after and page.after not in ids:
            message = "The cursor is not one of this list."
            raise Invalid(message, fields={"cursor": message})
        start = ids.index(page.after) + 1 if page.after else 0
        shown = found[start : start + page.limit]
        more = start + len(shown) < len(found)
        rows = [aside_document(each) for each in shown]
        return Response(pagination.results(rows, after=shown[-1].public_id if more else None))

    @extend_schema(request=Making, responses={202: Started})
    def post(self, request: Request, slug: str) -> Response:
        """Set answers aside; 409 where the votes changed since the preview `seen`."""
        body = self.read(request, Making)
        grounds = grounds_of(body["code"], body["reason"])
        choice, seen = choice_of(body), body.get("seen")
        job = asides.start(self.actor(request), slug, choice, grounds, seen=seen)
        return Response({"job": job}, status=202)


class AsidePreviewResource(Resource):
    """What setting answers aside would do, for managers."""

    scope = "manage"

    @extend_schema(request=Whose, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request, slug: str) -> Response:
        """Tell it; nothing changes."""
        choice = choice_of(self.read(request, Whose))
        return Response(preview_document(asides.look(self.actor(request), slug, choice)))


class AsideResumeResource(Resource):
    """The rest of a set-aside that was stopped, for managers."""

    scope = "manage"

    @extend_schema(request=None, responses={202: Started})
    def post(self, request: Request, slug: str) -> Response:
        """Go on with it."""
        self.read(request, Nothing)
        return Response({"job": asides.resume(self.actor(request), slug)}, status=202)


class AsideLiftResource(Resource):
    """The end of a set-aside, for managers."""

    scope = "manage"

    @extend_schema(request=None, responses={202: Started})
    def post(self, request: Request, slug: str, aside: str) -> Response:
        """Let its answers count again."""
        self.read(request, Nothing)
        return Response({"job": asides.lift(self.actor(request), slug, aside)}, status=202)
