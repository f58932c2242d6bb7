"""Everything derived, computed again from the evidence and compared with what is stored."""

from __future__ import annotations

from typing import Final

from django.db.models import Q

from annotator.catalog.models import Project
from annotator.catalog.queries import ProjectView, project_view
from annotator.core import dbtime
from annotator.flow.progress import SILENT, Progress
from annotator.flow.verify_asides import check_asides
from annotator.flow.verify_confusion import check_confusion
from annotator.flow.verify_counts import check_counts
from annotator.flow.verify_evidence import check_events, check_opinions, check_releases
from annotator.flow.verify_figures import check_coefficients
from annotator.flow.verify_report import Report
from annotator.flow.verify_states import check_states
from annotator.flow.verify_units import check_units
from annotator.intake.models import Item
from annotator.quality.queries.runs import unfinished_run
from annotator.release.snapshot import snapshot

CHUNK: Final = 500


def verify_all(*, progress: Progress = SILENT) -> Report:
    """Return what differs in any project."""
    total = Report()
    for pk in Project.objects.order_by("pk").values_list("pk", flat=True):
        total.add(verify(project_view(pk), progress=progress))
    return total


def verify(project: ProjectView, *, progress: Progress = SILENT) -> Report:
    """Return what in a project differs from what its evidence gives; changes nothing.

    Checked are which votes count and in which population, decisions, rulings and the states of
    items; the counts of states and those behind agreement; its coefficients and the categories that
    are confused; opinions against the raw replies they were read from; set-asides; events of annotations and
    releases; files of releases. Items that wait to be advanced, or that an unfinished re-decision has not
    reached, are not derived yet and left out.
    """
    report = Report()
    resting = Q(due_at__gt=dbtime.now())  # they wait for the jury, and are derived
    rows = Item.objects.filter(Q(due_at__isnull=True) | resting, project=project.id)
    run = unfinished_run(project.id)
    if run is not None:
        rows = rows.filter(pk__lte=run.cursor)
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        check_units(project, chunk, report)
        check_opinions(project, chunk, report)
        progress.step(start + len(chunk), len(ids))
    with snapshot():
        check_states(project, report)
        check_counts(project, report)
        check_coefficients(project, report)
        check_confusion(project, report)
        check_asides(project, report)
        check_events(project, report)
    check_releases(project, report)
    return report
