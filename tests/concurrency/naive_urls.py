"""A deliberately naive claim, which the races must catch: count the seats, then insert one.

So do many annotation tools. Nothing holds the count while the row is written.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.db import transaction
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.labeling import LabelingResource
from annotator.catalog.queries import LABELERS, project_for
from annotator.config.urls import urlpatterns as product
from annotator.core import dbtime
from annotator.intake.models import Item
from annotator.labeling.models import Assignment

TAKEN = (Assignment.State.LEASED, Assignment.State.DONE)


@transaction.atomic
def naive_claim(
    project_id: int, person_id: int, *, overlap: int, seconds: int
) -> Assignment | None:
    """Give a seat of an item that, so the count says, still needs people."""
    mine = Assignment.objects.filter(person=person_id).values_list("item", flat=True)
    for item in Item.objects.filter(project=project_id).exclude(pk__in=mine).order_by("pk"):
        if Assignment.objects.filter(item=item, state__in=TAKEN).count() >= overlap:
            continue
        return Assignment.objects.create(
            project_id=project_id,
            item=item,
            number=1000 + secrets.randbelow(30_000),
            asks={"prompt": ["safety"]},
            ring=0,
            state=Assignment.State.LEASED,
            person_id=person_id,
            holders=[person_id],
            lease=secrets.token_hex(8),
            lease_until=dbtime.now() + timedelta(seconds=seconds),
        )
    return None


class NaiveLease(LabelingResource):
    """The address that leases are asked of."""

    schema = None

    def post(self, request: Request, slug: str) -> Response:
        """Return a lease in the product's form, or 204."""
        actor = self.actor(request)
        project = project_for(actor, slug, LABELERS)
        seconds = project.lease_seconds
        seat = naive_claim(project.id, actor.id, overlap=project.overlap, seconds=seconds)
        if seat is None:
            return Response(status=204)
        item = {"external_id": seat.item.external_id, "targets": ["prompt"]}
        lease = {"assignment": seat.public_id, "lease": seat.lease, "item": item}
        return Response(lease)


urlpatterns = [
    path("api/v1/projects/<slug:slug>/lease", NaiveLease.as_view()),
    *product,
]
