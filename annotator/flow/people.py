"""The people of a project, as its managers change them."""

from __future__ import annotations

from django.db import transaction

from annotator.accounts.queries import Actor
from annotator.audit import services as audit
from annotator.catalog import services as catalog
from annotator.catalog.models import Membership
from annotator.catalog.queries import LEADS, MANAGERS, ProjectView, project_for
from annotator.core.errors import Conflict, Invalid, NotFound
from annotator.flow.project_file import ROLES
from annotator.flow.projects import Added, NewMember, add_people
from annotator.flow.roles import ADJUDICATE, LABEL, give_role, read_up_to, take_back


@transaction.atomic
def invite(actor: Actor, slug: str, *, username: str, role: str, email: str = "") -> Added:
    """Add one person to a project; who is new gets a one-time link, shown this once.

    Raises Invalid, Conflict for who is a member already, NotFound, NotAllowed.
    """
    project = project_for(actor, slug, MANAGERS)
    member = Membership.objects.filter(project=project.id, person__username=username, active=True)
    if member.exists():
        message = f"{username} is in this project already."
        raise Conflict(message, fields={"username": message})
    new = NewMember(username=username, role=role, email=email, line=1)
    try:
        (added,) = add_people([new], project=project, actor=actor)
    except Invalid as error:
        problem = error.fields.get("line 1", error.message)
        field = problem.partition(":")[0]
        raise Invalid(problem, fields={field: problem}) from error
    return added


@transaction.atomic
def change_role(actor: Actor, slug: str, pseudonym: str, role: str) -> None:
    """Give a member another role; what they hold and may take no more goes back to the pool.

    Raises Invalid, Conflict for oneself, NotFound, NotAllowed.
    """
    project = project_for(actor, slug, MANAGERS)
    if role not in ROLES:
        message = f"Unknown role {role!r}; one of {', '.join(ROLES)}."
        raise Invalid(message, fields={"role": message})
    row = _member(actor, project, pseudonym)
    give_role(
        project_id=project.id,
        person_id=row.person_id,
        username=row.person.username,
        role=role,
        actor=actor.id,
    )


@transaction.atomic
def change_labeling(actor: Actor, slug: str, pseudonym: str, *, labels: bool) -> None:
    """Let a lead take items to label, or not: also oneself.

    Who labels reads what others said of an item only when they cannot be given it any more. Until
    now they read everything, so they label only what came after the last item anybody judged.
    Raises Conflict for who is no lead, NotFound, NotAllowed.
    """
    project = project_for(actor, slug, MANAGERS)
    row = _row(project, pseudonym)
    if row.role not in LEADS:
        raise Conflict("Annotators always label, auditors never do.")
    if labels == (row.labels_after is not None):
        return
    catalog.set_labeling(
        project_id=project.id,
        person_id=row.person_id,
        labels_after=read_up_to(project.id) if labels else None,
        actor=actor.id,
    )
    if not labels:
        take_back(project, row.person_id, [LABEL])


@transaction.atomic
def deactivate(actor: Actor, slug: str, pseudonym: str) -> int:
    """End a membership; what the person holds goes back to the pool, what they gave stays.

    Returns how many seats went back. Raises Conflict for oneself, NotFound, NotAllowed.
    """
    project = project_for(actor, slug, MANAGERS)
    row = _member(actor, project, pseudonym)
    Membership.objects.filter(pk=row.pk).update(active=False)
    returned = take_back(project, row.person_id, [LABEL, ADJUDICATE])
    audit.record(
        verb="member.ended",
        subject=f"person:{row.person_id}",
        actor=actor.id,
        project=project.id,
        data={"seats_returned": returned},
    )
    return returned


@transaction.atomic
def reactivate(actor: Actor, slug: str, pseudonym: str) -> None:
    """Let somebody back into a project in their last role. Raises NotFound, NotAllowed."""
    project = project_for(actor, slug, MANAGERS)
    row = _member(actor, project, pseudonym)
    catalog.set_member(
        project_id=project.id,
        person_id=row.person_id,
        username=row.person.username,
        role=row.role,
        actor=actor.id,
    )


def _member(actor: Actor, project: ProjectView, pseudonym: str) -> Membership:
    """Return somebody else's membership, locked: nobody shuts themselves out."""
    row = _row(project, pseudonym)
    if row.person_id == actor.id:
        raise Conflict("Another manager has to change your own role.")
    return row


def _row(project: ProjectView, pseudonym: str) -> Membership:
    row = (
        Membership.objects.select_for_update(of=("self",))
        .select_related("person")
        .filter(project=project.id, pseudonym=pseudonym)
        .first()
    )
    if row is None:
        raise NotFound("There is no such person in this project.")
    return row
