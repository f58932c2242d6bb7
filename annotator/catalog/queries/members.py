"""Reads of who works where."""

from __future__ import annotations

from dataclasses import dataclass

from annotator.accounts.queries import Actor
from annotator.catalog.models import Membership, Project
from annotator.catalog.queries.roles import LABELERS, MANAGER


@dataclass(frozen=True, slots=True)
class ProjectCard:
    """A project in a person's list."""

    slug: str
    name: str
    role: str
    is_sample: bool


@dataclass(frozen=True, slots=True)
class MemberView:
    """A person in a project."""

    person_id: int
    username: str
    name: str
    role: str
    pseudonym: str
    active: bool
    closed: bool
    """The account is closed on the whole instance."""
    simulated: bool
    imported: bool
    labels: bool
    """Whether they take seats to label."""


def role_of(actor: Actor, project_id: int) -> str | None:
    """Return the actor's role in a project; administrators count as managers everywhere."""
    role = (
        Membership.objects.filter(project=project_id, person=actor.id, active=True)
        .values_list("role", flat=True)
        .first()
    )
    return MANAGER if actor.is_administrator else role


def projects_of(actor: Actor) -> tuple[ProjectCard, ...]:
    """Return the projects a person belongs to, by name; administrators see all."""
    roles = dict(
        Membership.objects.filter(person=actor.id, active=True).values_list("project", "role")
    )
    rows = Project.objects.order_by("name", "pk")
    if not actor.is_administrator:
        rows = rows.filter(pk__in=list(roles))
    return tuple(
        ProjectCard(
            row.slug,
            row.name,
            MANAGER if actor.is_administrator else roles[row.pk],
            row.is_sample,
        )
        for row in rows
    )


def members(project_id: int) -> tuple[MemberView, ...]:
    """Return a project's people, by name."""
    rows = Membership.objects.filter(project=project_id).select_related("person")
    found = (
        MemberView(
            person_id=row.person_id,
            username=row.person.username,
            name=row.person.name,
            role=row.role,
            pseudonym=row.pseudonym,
            active=row.active and row.person.is_active,
            closed=not row.person.is_active,
            simulated=row.person.is_simulated,
            imported=bool(row.person.imported_for),
            labels=row.role in LABELERS and row.labels_after is not None,
        )
        for row in rows
    )
    return tuple(sorted(found, key=lambda member: (member.name.casefold(), member.person_id)))
