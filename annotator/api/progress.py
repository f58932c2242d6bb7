"""GET /projects/{p}/progress: how far a project is."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.resource import Resource
from annotator.flow import overview


class Progress(serializers.Serializer[None]):
    """Counts of a project."""

    items = serializers.IntegerField()
    units = serializers.DictField(child=serializers.IntegerField())
    seats = serializers.DictField(child=serializers.IntegerField())
    annotations = serializers.IntegerField()
    opinions = serializers.DictField(
        child=serializers.DictField(child=serializers.IntegerField()), help_text="By juror."
    )
    spend = serializers.FloatField()


class ProgressResource(Resource):
    """A project's progress, for managers."""

    scope = "read"

    @extend_schema(responses=Progress)
    def get(self, request: Request, slug: str) -> Response:
        """Return the counts."""
        view = overview.progress(self.actor(request), slug)
        seats = view.seats
        return Response(
            {
                "items": view.items,
                "units": dict(view.units),
                "seats": {"open": seats.open, "leased": seats.leased, "done": seats.done},
                "annotations": view.annotations,
                "opinions": {name: dict(states) for name, states in view.opinions.items()},
                "spend": view.spend,
            }
        )
