"""Set-asides against what they cover, and against the events that tell of them."""

from __future__ import annotations

from django.db.models import Count, OuterRef, Subquery

from annotator.audit.models import Event
from annotator.catalog.queries import ProjectView
from annotator.flow.verify_report import Report
from annotator.quality.models import Lifting, SetAside, SetAsideAnswer

MADE = "set_aside.made"
LIFTED = "set_aside.lifted"


def check_asides(project: ProjectView, book: Report) -> None:
    """Compare how many answers each covers, and its making and lifting with their events.

    That no vote of theirs counts is compared vote by vote, with all other marks.
    """
    covers = SetAsideAnswer.objects.filter(set_aside=OuterRef("pk")).order_by()
    counted = covers.values("set_aside").annotate(n=Count("pk")).values("n")
    rows = SetAside.objects.filter(project=project.id).annotate(n=Subquery(counted))
    events = Event.objects.filter(project=project.id, verb__in=(MADE, LIFTED))
    # Whole: of a key alone SQLite would make a number where a digest has no letters.
    told = {
        (verb, subject): data.get("digest")
        for verb, subject, data in events.values_list("verb", "subject", "data")
    }
    lifted = set(Lifting.objects.filter(set_aside__in=rows).values_list("set_aside_id", flat=True))
    for row in rows:
        name, subject = f"set_aside:{row.public_id}", f"set_aside:{row.pk}"
        book.saw("events")
        book.compare("set_aside", name, row.answers, row.n)
        book.compare("event", f"{name} made", row.digest, told.get((MADE, subject)))
        end = row.digest if row.pk in lifted else None
        book.compare("event", f"{name} lifted", end, told.get((LIFTED, subject)))
