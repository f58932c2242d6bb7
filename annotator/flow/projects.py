"""Setting projects up: a project file applied as a whole, and people added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from annotator.accounts import services as accounts
from annotator.accounts.models import Person
from annotator.accounts.queries import Actor, actor_by_username, awaits_invitation
from annotator.catalog import services as catalog
from annotator.catalog.queries import ProjectView
from annotator.catalog.services import Change
from annotator.catalog.starters import starter_guidelines
from annotator.core.errors import Conflict, Invalid, NotFound
from annotator.flow.project_file import ROLES, USERNAME, Endpoint, ProjectFile, read_project_file
from annotator.flow.roles import give_role
from annotator.intake import derived
from annotator.intake.queries import has_items, item_ids
from annotator.panel import services as panel
from jury.policy.fits import keep_fits

LANGUAGE_LENGTH = 16


@dataclass(frozen=True, slots=True)
class NewMember:
    """A person to add; `line` is where the file names them."""

    username: str
    role: str
    email: str = ""
    language: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Added:
    """Who was added: with a bearer token, or a link if they never entered, or neither."""

    username: str
    role: str
    created: bool
    token: str = ""
    link: str = ""


def apply(
    document: Mapping[str, object], *, actor: Actor | None = None, folder: Path | None = None
) -> tuple[Change, ...]:
    """Make a project what its file says; return what changed, nothing on a second run.

    Args:
        document: The TOML file as a mapping.
        actor: Who applies it; None: the system.
        folder: Where a relative path of a taxonomy starts.

    Raises:
        Invalid: The file is not valid; the fields name every key that is wrong.
        Conflict: It changes what cannot change once items are in; nothing is written.
    """
    wanted = read_project_file(document, folder=folder, endpoint=_endpoint())
    return _apply(wanted, actor.id if actor else None)


def _endpoint() -> Endpoint:
    if not settings.OPENAI_BASE_URL:
        return Endpoint()
    key = "env:OPENAI_API_KEY" if settings.OPENAI_API_KEY else ""
    return Endpoint(settings.OPENAI_BASE_URL, key)


@transaction.atomic
def _apply(wanted: ProjectFile, actor: int | None) -> tuple[Change, ...]:
    taxonomy_id, taxonomy_digest = catalog.publish_taxonomy(wanted.taxonomy)
    project_id, changes = catalog.save_project(
        slug=wanted.slug, fields=wanted.fields, taxonomy_id=taxonomy_id, actor=actor
    )
    frozen = has_items(project_id)
    if frozen and any(change.what == "project.taxonomy" for change in changes):
        raise Conflict("The taxonomy cannot change once items are in. Make a new project.")
    asked = catalog.set_targets(project_id=project_id, targets=wanted.targets, frozen=frozen)
    asked += catalog.set_questions(project_id=project_id, schemas=wanted.questions, frozen=frozen)
    decided = catalog.set_policy(
        project_id=project_id,
        name=wanted.policy.name,
        options=_kept(project_id, wanted),
        actor=actor,
    )
    rules = _starter(project_id, wanted, actor)
    jury = _jury(project_id, wanted, taxonomy_digest, actor)
    people = _people(project_id, wanted, actor)
    votes = any(change.what in {"project.overlap", "panel"} for change in (*changes, *jury))
    if frozen and (asked or decided or votes):
        # What rests under the old rules is looked at again under the new ones.
        derived.mark_due(item_ids(project_id))
    everything = (*changes, *asked, *decided, *rules, *jury, *people)
    # A new project is one change, not thirty.
    is_new = any(change.what == "project" for change in changes)
    return (*changes, *people) if is_new else everything


def _kept(project_id: int, wanted: ProjectFile) -> Mapping[str, object]:
    """Return the file's policy with the fits in force: these come from the data, not the file."""
    in_force = catalog.policy_in_force(project_id)
    return keep_fits(wanted.policy.options, in_force) if in_force else wanted.policy.options


def _starter(project_id: int, wanted: ProjectFile, actor: int | None) -> tuple[Change, ...]:
    """Publish the starter guidelines where a project has none."""
    if catalog.guideline_digest(project_id):
        return ()
    starter = starter_guidelines(wanted.taxonomy.id, wanted.taxonomy.version)
    if starter is None:
        return ()
    catalog.publish_guidelines(project_id=project_id, guidelines=starter, actor=actor)
    return (Change("guidelines", None, starter.version),)


def _jury(
    project_id: int, wanted: ProjectFile, taxonomy_digest: str, actor: int | None
) -> tuple[Change, ...]:
    changes = panel.configure_jurors(
        project_id=project_id,
        jurors=wanted.jurors,
        taxonomy_digest=taxonomy_digest,
        guideline_digest=catalog.guideline_digest(project_id),
        actor=actor,
    )
    return tuple(
        Change(f"juror.{c.juror}.{c.what}" if c.juror else c.what, c.before, c.after)
        for c in changes
    )


def _people(project_id: int, wanted: ProjectFile, actor: int | None) -> tuple[Change, ...]:
    changes = []
    for username, role in wanted.members:
        person_id, _ = _person(NewMember(username, role), actor)
        change = give_role(
            project_id=project_id, person_id=person_id, username=username, role=role, actor=actor
        )
        changes += [change] if change else []
    return tuple(changes)


def _person(member: NewMember, actor: int | None) -> tuple[int, bool]:
    """Return the id of the person of this name, and whether they had to be created."""
    try:
        return actor_by_username(member.username).id, False
    except NotFound:
        created = accounts.create_person(
            username=member.username, email=member.email, language=member.language, by=actor
        )
        return created, True


@transaction.atomic
def add_people(
    people: Sequence[NewMember],
    *,
    project: ProjectView,
    tokens: bool = False,
    actor: Actor | None = None,
) -> tuple[Added, ...]:
    """Give people a role in a project, creating those who are not there yet.

    With `tokens` each gets a bearer token of the project's name; without, who never entered gets
    a one-time link. Both are secrets, shown this once. Raises Invalid that names every bad line;
    then nobody is added.
    """
    _check_people(people)
    by = actor.id if actor else None
    added = []
    for member in people:
        person_id, created = _person(member, by)
        give_role(
            project_id=project.id,
            person_id=person_id,
            username=member.username,
            role=member.role,
            actor=by,
        )
        token = link = ""
        if tokens:
            _, token = accounts.issue_token(person_id=person_id, name=project.slug, by=by)
        elif awaits_invitation(person_id):
            link = _invitation(person_id, by)
        added.append(Added(member.username, member.role, created, token, link))
    return tuple(added)


@transaction.atomic
def invitations(changes: Sequence[Change]) -> dict[str, str]:
    """Issue links to the members that `apply` added and who never entered; username → link."""
    links = {}
    for change in changes:
        kind, _, username = change.what.partition(".")
        if kind != "member" or change.before is not None:
            continue
        person_id = actor_by_username(username).id
        if awaits_invitation(person_id):
            links[username] = _invitation(person_id, None)
    return links


def _invitation(person_id: int, by: int | None) -> str:
    secret = accounts.issue_link(person_id=person_id, purpose="invite", by=by)
    return f"{settings.PUBLIC_URL}/enter/{secret}"


def _check_people(people: Sequence[NewMember]) -> None:
    problems: dict[str, str] = {}
    seen: set[str] = set()
    for member in people:
        problem = _problem(member, seen)
        if problem:
            problems[f"line {member.line}"] = problem
        seen.add(member.username)
    if problems:
        raise Invalid("Nobody was added.", fields=problems)


def _problem(member: NewMember, seen: set[str]) -> str:
    found = ""
    if not USERNAME.fullmatch(member.username):
        found = "username: 1 to 150 letters, digits and @ . + - _."
    elif member.username in seen:
        found = f"username: {member.username} is there twice."
    elif member.role not in ROLES:
        found = f"role: “{member.role}” is not one of {', '.join(ROLES)}."
    elif len(member.language) > LANGUAGE_LENGTH:
        found = "language: a code such as en or pt-BR."
    elif member.email and not _is_email(member.email):
        found = f"email: “{member.email}” is no e-mail address."
    return found


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


@transaction.atomic
def first_administrator(*, username: str, password: str, must_change: bool) -> int:
    """Create the instance's first administrator and return their id.

    Raises Conflict once there is one, Invalid for a name or password that does not fit.
    """
    if Person.objects.filter(is_administrator=True).exists():
        raise Conflict("There is an administrator already.")
    if not USERNAME.fullmatch(username):
        message = "A username has 1 to 150 letters, digits and @ . + - _."
        raise Invalid(message, fields={"username": message})
    return accounts.create_person(
        username=username,
        password=password,
        administrator=True,
        must_change_password=must_change,
    )
