"""Time that has passed, for tests: what happened is put further back."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F

from annotator.labeling.models import Annotation
from annotator.panel.models import Opinion, Panel
from annotator.quality.models import Decision, Lifting, SetAside

MINUTE = timedelta(minutes=1)


def earlier(by: timedelta, item: int | None = None) -> None:
    """Let answers, opinions and decisions, of one item or of all, have come so much earlier.

    With all of them the panels have been seated, and answers set aside, so much earlier too.
    """
    for model, of_item in (
        (Annotation, {"item": item}),
        (Decision, {"unit__item": item}),
        (Opinion, {"inquiry__item": item}),
    ):
        rows = model.objects.filter(**(of_item if item else {}))
        ids = rows.values_list("pk", flat=True)
        model.objects.filter(pk__in=list(ids)).update(created_at=F("created_at") - by)
    gone = Annotation.objects.filter(withdrawn_at__isnull=False, **({"item": item} if item else {}))
    gone.update(withdrawn_at=F("withdrawn_at") - by)
    if item is None:
        for whole in (Panel, SetAside, Lifting):
            whole.objects.update(created_at=F("created_at") - by)
