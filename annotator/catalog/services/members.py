"""Writes of who works where, and under which name in exports."""

from __future__ import annotations

from django.db import transaction

from annotator.audit import services as audit
from annotator.catalog.models import Membership, Project
from annotator.catalog.queries import ANNOTATOR
from annotator.catalog.services.changes import Change
from annotator.core.digests import sha256_text

PSEUDONYM_DIGITS = (6, 8, 10, 14)


@transaction.atomic
def set_member(
    *,
    project_id: int,
    person_id: int,
    username: str,
    role: str,
    read_up_to: int = 0,
    actor: int | None = None,
) -> Change | None:
    """Give a person a role in a project; return what changed, None if they had it.

    Annotators take seats to label; who leads takes none until `set_labeling`, and reads everything.
    One of these who becomes an annotator labels only what comes after the item `read_up_to`.
    """
    row = Membership.objects.filter(project=project_id, person=person_id).first()
    before = row.role if row and row.active else None
    if row is not None and before == role:
        return None
    if row is None:
        row = Membership.objects.create(
            project_id=project_id,
            person_id=person_id,
            role=Membership.Role(role),
            pseudonym=pseudonym(project_id, username),
            labels_after=0 if role == ANNOTATOR else None,
        )
    else:
        Membership.objects.filter(pk=row.pk).update(
            role=Membership.Role(role),
            active=True,
            labels_after=_labels_after(row, role, read_up_to),
        )
    audit.record(
        verb="member.role",
        subject=f"person:{person_id}",
        actor=actor,
        project=project_id,
        data={"role": role},
    )
    return Change(f"member.{username}", before, role)


def _labels_after(row: Membership, role: str, read_up_to: int) -> int | None:
    """Return from which item on a member labels in a new role."""
    if role != ANNOTATOR:
        return None
    return read_up_to if row.labels_after is None else row.labels_after


@transaction.atomic
def set_labeling(
    *, project_id: int, person_id: int, labels_after: int | None, actor: int | None = None
) -> None:
    """Let a member take seats to label on items with a greater id, or on none."""
    Membership.objects.filter(project=project_id, person=person_id).update(
        labels_after=labels_after
    )
    audit.record(
        verb="member.labels",
        subject=f"person:{person_id}",
        actor=actor,
        project=project_id,
        data={"labels_after": labels_after},
    )


def pseudonym(project_id: int, username: str) -> str:
    """Return a free name for exports: it follows from the project's seed and the username alone.

    So that the same people have the same names wherever a project is set up again.
    """
    seed = Project.objects.values_list("seed", flat=True).get(pk=project_id)
    digest = sha256_text(f"{seed}\x1f{username}")
    names = [f"p-{digest[:digits]}" for digits in PSEUDONYM_DIGITS]
    taken = set(
        Membership.objects.filter(project=project_id, pseudonym__in=names).values_list(
            "pseudonym", flat=True
        )
    )
    return next(name for name in names if name not in taken)
