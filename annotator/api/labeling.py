"""Labeling: lease, heartbeat, draft, submit, skip, release. Only the blind door is used here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.body import Body, Seconds, Text
from annotator.api.resource import Resource
from annotator.flow import labeling
from annotator.flow.labeling import BlindItem, Submission

KIND = OpenApiParameter("kind", str, enum=["label", "adjudicate"], default="label")
KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, required=True, description="≤ 64 characters."
)


class Kind(Body):
    """Which work is wanted."""

    kind = Text(required=False, default="label")


class Lease(Body):
    """The secret of a lease."""

    lease = Text(max_length=64)


class Skip(Lease):
    """Why an item is skipped."""

    reason = Text()
    note = Text(required=False, default="")


class Answers(Lease):
    """What a person answers, as far as it is filled in."""

    verdicts = serializers.DictField(
        child=serializers.DictField(), required=False, help_text="By target, then by question."
    )
    preferences = serializers.DictField(child=Text(), required=False)
    comment = Text(required=False)
    seconds = Seconds(required=False, allow_null=True)
    flagged = serializers.BooleanField(required=False)
    reason = Text(required=False, max_length=40)
    guideline = Text(required=False, max_length=40)
    contested = serializers.BooleanField(required=False)


class Draft(Answers):
    """Answers and the version of the draft they are based on."""

    version = serializers.IntegerField(min_value=0, max_value=2**31 - 1)


class Message(serializers.Serializer[None]):
    """One message of the item."""

    role = serializers.CharField()
    content = serializers.CharField()


class ItemShown(serializers.Serializer[None]):
    """The item: its texts and what is asked, nothing of what anybody said."""

    id = serializers.CharField()
    external_id = serializers.CharField()
    messages = Message(many=True)
    targets = serializers.ListField(child=serializers.CharField())
    questions = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))


class Leased(serializers.Serializer[None]):
    """A leased item."""

    assignment = serializers.CharField()
    lease = serializers.CharField()
    expires = serializers.DateTimeField()
    item = ItemShown()
    taxonomy = serializers.DictField()
    version = serializers.IntegerField()
    draft = serializers.DictField()


class Expires(serializers.Serializer[None]):
    """When the lease ends now."""

    expires = serializers.DateTimeField()


class DraftVersion(serializers.Serializer[None]):
    """The stored draft's version."""

    version = serializers.IntegerField()


class Receipt(serializers.Serializer[None]):
    """What was recorded."""

    annotation = serializers.CharField()
    assignment = serializers.CharField()


class LabelingResource(Resource):
    """An address of the labeling work."""

    scope = "label"


class LeaseResource(LabelingResource):
    """The item in hand."""

    @property
    def query_keys(self) -> frozenset[str]:  # type: ignore[override]
        """Only looking takes the kind from the address; claiming has it in the body."""
        return frozenset({"kind"}) if self.request.method in {"GET", "HEAD"} else frozenset()

    @extend_schema(parameters=[KIND], responses={200: Leased, 204: None})
    def get(self, request: Request, slug: str) -> Response:
        """Return the item held already, or 204; never claims one."""
        kind = request.query_params.get("kind", "label")
        return _leased(labeling.held(self.actor(request), slug, kind))

    @extend_schema(request=Kind, responses={200: Leased, 204: None})
    def post(self, request: Request, slug: str) -> Response:
        """Lease the next item, or the one held already; 204 when nothing is left."""
        given = self.read(request, Kind)
        return _leased(labeling.claim(self.actor(request), slug, given["kind"]))


class HeartbeatResource(LabelingResource):
    """Somebody is still at it."""

    @extend_schema(request=Lease, responses=Expires)
    def post(self, request: Request, assignment: str) -> Response:
        """Prolong the lease."""
        lease = self.read(request, Lease)["lease"]
        expires = labeling.heartbeat(self.actor(request), assignment, lease=lease)
        return Response({"expires": expires})


class ReleaseResource(LabelingResource):
    """Giving back."""

    @extend_schema(request=Lease, responses={204: None})
    def post(self, request: Request, assignment: str) -> Response:
        """Give the item back to the pool."""
        lease = self.read(request, Lease)["lease"]
        labeling.release(self.actor(request), assignment, lease=lease)
        return Response(status=204)


class SkipResource(LabelingResource):
    """Skipping."""

    @extend_schema(request=Skip, responses={204: None})
    def post(self, request: Request, assignment: str) -> Response:
        """Skip the item: unsure, too_harmful, language, broken or policy_gap."""
        given = self.read(request, Skip)
        labeling.skip(
            self.actor(request),
            assignment,
            lease=given["lease"],
            reason=given["reason"],
            note=given["note"],
        )
        return Response(status=204)


class DraftResource(LabelingResource):
    """What is filled in so far."""

    @extend_schema(request=Draft, responses={200: DraftVersion})
    def put(self, request: Request, assignment: str) -> Response:
        """Store the draft; 409 with `yours` and `stored` when a newer one is there."""
        given = dict(self.read(request, Draft))
        version = labeling.save_draft(
            self.actor(request),
            assignment,
            lease=given.pop("lease"),
            version=given.pop("version"),
            body=given,
        )
        return Response({"version": version})


class SubmitResource(LabelingResource):
    """The answer."""

    @extend_schema(request=Answers, parameters=[KEY], responses={200: Receipt, 201: Receipt})
    def post(self, request: Request, assignment: str) -> Response:
        """Record the answer: 201; the same key and body again: 200 and the same receipt."""
        given: dict[str, Any] = dict(self.read(request, Answers))
        receipt = labeling.submit(
            self.actor(request),
            assignment,
            lease=given.pop("lease"),
            key=request.headers.get("Idempotency-Key", ""),
            submission=Submission(**given),
        )
        body = {"annotation": receipt.annotation, "assignment": receipt.assignment}
        return Response(body, status=201 if receipt.created else 200)


def _leased(item: BlindItem | None) -> Response:
    return Response(status=204) if item is None else Response(_document(item))


def _document(item: BlindItem) -> Mapping[str, object]:
    asked = [target for target in item.targets if target.asked]
    return {
        "assignment": item.assignment,
        "lease": item.lease,
        "expires": item.expires,
        "item": {
            "id": item.public_id,
            "external_id": item.external_id,
            "messages": [{"role": turn.role, "content": turn.content} for turn in item.messages],
            "targets": [target.key for target in asked],
            "questions": {
                target.key: [question.key for question in target.questions] for target in asked
            },
        },
        "taxonomy": {
            "ref": item.taxonomy_ref,
            "categories": [
                {
                    "id": category.id,
                    "name": category.name,
                    "group": category.group,
                    "parent": category.parent or None,
                    "level": category.level,
                    "definition": category.definition,
                    "free_text": category.free_text,
                }
                for category in item.taxonomy.categories
            ],
        },
        "version": item.version,
        "draft": dict(item.draft),
    }
