"""What follows from a role: what its holder labels, and what they have to let go."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from annotator.catalog import services as catalog
from annotator.catalog.models import Membership
from annotator.catalog.queries import ANNOTATOR, AUDITOR, ProjectView, project_view
from annotator.catalog.services import Change
from annotator.flow.steps import advance
from annotator.intake import derived
from annotator.labeling import services as labeling
from annotator.labeling.models import Annotation, Assignment
from annotator.panel.models import Inquiry

LABEL: Final = Assignment.Kind.LABEL.value
ADJUDICATE: Final = Assignment.Kind.ADJUDICATE.value


def give_role(
    *, project_id: int, person_id: int, username: str, role: str, actor: int | None
) -> Change | None:
    """Give a person a role in a project; return what changed, None if they had it.

    What they hold and may take no more goes back to the pool.
    """
    members = Membership.objects.filter(project=project_id, person=person_id)
    reads = role == ANNOTATOR and members.filter(labels_after__isnull=True).exists()
    change = catalog.set_member(
        project_id=project_id,
        person_id=person_id,
        username=username,
        role=role,
        read_up_to=read_up_to(project_id) if reads else 0,
        actor=actor,
    )
    if change is not None and change.before is not None:
        lost = {ANNOTATOR: [ADJUDICATE], AUDITOR: [LABEL, ADJUDICATE]}.get(role, [LABEL])
        take_back(project_view(project_id), person_id, lost)
    return change


def read_up_to(project_id: int) -> int:
    """Return the last item that a person or a juror said anything of; 0 if there is none.

    Somebody who has read all of a project knows nothing of what comes after it.
    """
    people = Annotation.objects.filter(item__project=project_id).order_by("-item_id")
    jurors = Inquiry.objects.filter(item__project=project_id, state__in=Inquiry.ENDED)
    last = (
        people.values_list("item_id", flat=True).first(),
        jurors.order_by("-item_id").values_list("item_id", flat=True).first(),
    )
    return max(each or 0 for each in last)


def take_back(project: ProjectView, person_id: int, kinds: Collection[str]) -> int:
    """Put the seats that a person holds back to the pool and move their items on; return how many.

    Where such a seat is not needed any more nobody else gets it.
    """
    items = labeling.held_items(project_id=project.id, person_id=person_id, kinds=kinds)
    if not items:
        return 0
    derived.lock_items(items)
    returned = labeling.return_held_seats(project_id=project.id, person_id=person_id, kinds=kinds)
    advance(project, sorted(items))
    return returned
