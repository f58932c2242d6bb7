"""GET /projects/{p}/units and /units/{u}: the units, and one with its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api import pagination
from annotator.api.resource import Resource
from annotator.flow import overview
from annotator.flow.overview import UNIT_STATES, UnitRow
from annotator.flow.units import VoteView, unit_detail

STATE = OpenApiParameter("state", str, enum=list(UNIT_STATES))
CURSOR = OpenApiParameter("cursor", str, description="`next` of the answer before.")
LIMIT = OpenApiParameter("limit", int, description="At most 500.", default=100)
QUESTION = OpenApiParameter("question", str, description="By default the target's first one.")


class UnitInList(serializers.Serializer[None]):
    """A unit."""

    id = serializers.CharField()
    item = serializers.CharField()
    external_id = serializers.CharField()
    target = serializers.CharField()
    state = serializers.ChoiceField(
        choices=list(UNIT_STATES),
        allow_null=True,
        help_text="Null: sealed, the reader may still label the item.",
    )
    rulings = serializers.DictField(child=serializers.CharField(), help_text="By question.")


class UnitPage(serializers.Serializer[None]):
    """Some units."""

    results = UnitInList(many=True)
    next = serializers.CharField(allow_null=True)


class UnitEvidence(serializers.Serializer[None]):
    """A unit with its decision, ruling and votes."""

    id = serializers.CharField()
    external_id = serializers.CharField()
    target = serializers.CharField()
    question = serializers.CharField()
    decision = serializers.DictField(allow_null=True)
    ruling = serializers.DictField(allow_null=True)
    votes = serializers.ListField(child=serializers.DictField())


class UnitsResource(Resource):
    """A project's units, for managers."""

    scope = "read"
    query_keys = pagination.QUERY_KEYS | {"state"}

    @extend_schema(
        operation_id="projects_units_list", parameters=[STATE, CURSOR, LIMIT], responses=UnitPage
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return units in the order of their import."""
        query = request.query_params.dict()
        page = pagination.page_of(query)
        found = overview.unit_list(
            self.actor(request),
            slug,
            state=query.get("state", ""),
            after=page.after,
            limit=page.limit,
        )
        return Response(
            pagination.results([_row(row) for row in found.rows], after=found.following)
        )


class UnitResource(Resource):
    """One unit, for managers."""

    scope = "read"
    query_keys = frozenset({"question"})

    @extend_schema(parameters=[QUESTION], responses=UnitEvidence)
    def get(self, request: Request, slug: str, unit: str) -> Response:
        """Return a unit's decision, ruling and votes on one question."""
        question = request.query_params.get("question", "")
        found = unit_detail(self.actor(request), slug, unit, question)
        return Response(
            {
                "id": found.id,
                "external_id": found.external_id,
                "target": found.target,
                "question": found.question,
                "decision": asdict(found.decision) if found.decision else None,
                "ruling": asdict(found.ruling) if found.ruling else None,
                "votes": [_vote(vote) for vote in found.votes],
            }
        )


def _row(row: UnitRow) -> Mapping[str, object]:
    return asdict(row)


def _vote(vote: VoteView) -> Mapping[str, object]:
    return asdict(vote)
