"""Reads of projects: what they ask, who works in them, what their rules say."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, OuterRef, QuerySet, Subquery

from annotator.accounts.queries import Actor
from annotator.catalog.models import (
    GuidelineSet,
    Membership,
    PolicyVersion,
    Project,
    Question,
    Target,
    Taxonomy,
)
from annotator.core.errors import NotAllowed, NotFound
from annotator.core.prepared import Prepared
from jury.taxonomy import Taxonomy as CategoryTree
from jury.verdict import QuestionSchema

ANNOTATOR = Membership.Role.ANNOTATOR.value
ADJUDICATOR = Membership.Role.ADJUDICATOR.value
MANAGER = Membership.Role.MANAGER.value
AUDITOR = Membership.Role.AUDITOR.value

LABELERS = frozenset({ANNOTATOR, ADJUDICATOR, MANAGER})
LEADS = frozenset({ADJUDICATOR, MANAGER})
MANAGERS = frozenset({MANAGER})
READERS = frozenset({ADJUDICATOR, MANAGER, AUDITOR})


@dataclass(frozen=True, slots=True)
class TargetView:
    """A part of an item that is judged."""

    key: str
    title: str
    badge: str
    people: bool
    jury: bool


@dataclass(frozen=True, slots=True)
class PolicyView:
    """The policy version in force."""

    id: int
    version: int
    name: str
    options: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ProjectView:
    """A project as everything above reads it."""

    id: int
    slug: str
    name: str
    overlap: int
    lease_seconds: int
    reveal: str
    severity: bool
    seed: int
    is_sample: bool
    spend_limit: float | None
    price_per_label: float | None
    price_per_hour: float | None
    jury_patience_seconds: int
    taxonomy: CategoryTree
    taxonomy_ref: str
    targets: tuple[TargetView, ...]
    questions: tuple[QuestionSchema, ...]
    policy: PolicyView
    guideline_version: str

    def questions_for(self, target: str) -> tuple[QuestionSchema, ...]:
        """Return the questions asked of a target, in the project's order."""
        return tuple(question for question in self.questions if question.applies_to(target))

    def target(self, key: str) -> TargetView:
        """Return the declared target of a unit; `turn:3` is one of `turn`. Raises KeyError."""
        base = key.partition(":")[0]
        for target in self.targets:
            if target.key == base:
                return target
        raise KeyError(key)


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
    simulated: bool
    imported: bool


@dataclass(frozen=True, slots=True)
class Section:
    """A guideline's section on one category."""

    section: str
    category: str
    rule: str
    not_meant: str
    examples: tuple[Mapping[str, str], ...]
    changed: str
    deconfliction: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class GuidelineView:
    """The guideline in force."""

    version: str
    general: tuple[Mapping[str, str], ...]
    sections: tuple[Section, ...]

    def section(self, category: str) -> Section | None:
        """Return the section on a category, or None."""
        return next((entry for entry in self.sections if entry.category == category), None)


_TREES: dict[str, CategoryTree] = {}
"""Published taxonomies by digest: frozen, so each is read once per process."""


def taxonomy_tree(row: Taxonomy) -> CategoryTree:
    """Return a published taxonomy as a value."""
    if row.digest not in _TREES:
        _TREES[row.digest] = CategoryTree.from_document(row.document)
    return _TREES[row.digest]


_COLUMNS: Final = tuple(column.attname for column in Project._meta.concrete_fields)  # noqa: SLF001 - Django documents it


def _stamped(person_id: int) -> QuerySet[Project, tuple[Any, ...]]:
    """Return projects as stamps: (role of the person, id, all columns, versions in force).

    The versions are rows that never change, so a view is the same while its stamp is.
    """
    here = OuterRef("pk")
    policies = PolicyVersion.objects.filter(project=here, current=True, target="", question="")
    rules = GuidelineSet.objects.filter(project=here, current=True)
    questions = Question.objects.filter(project=here).order_by("-pk")
    # One that is withdrawn leaves no new row.
    asked = Question.objects.filter(project=here, current=True).order_by().values("project")
    asked = asked.annotate(n=Count("pk"))
    targets = Target.objects.filter(project=here).order_by("-pk")
    roles = Membership.objects.filter(project=here, person=person_id, active=True)
    return Project.objects.values_list(
        Subquery(roles.values("role")[:1]),
        "pk",
        *_COLUMNS,
        Subquery(policies.values("pk")[:1]),
        Subquery(rules.values("pk")[:1]),
        Subquery(questions.values("pk")[:1]),
        Subquery(asked.values("n")),
        Subquery(targets.values("pk")[:1]),
    )


_BY_ID: Final = Prepared(lambda person, project: _stamped(person).filter(pk=project))
_BY_SLUG: Final = Prepared(lambda person, slug: _stamped(person).filter(slug=slug))
NOBODY: Final = 0

_VIEWS: dict[int, tuple[tuple[object, ...], ProjectView]] = {}
"""Views by project, each with the stamp it was read at."""


def _view(row: tuple[Any, ...]) -> ProjectView:
    """Return the view behind a stamp; the role is no part of it."""
    project_id, stamp = row[1], row[1:]
    cached = _VIEWS.get(project_id)
    if cached is None or cached[0] != stamp:
        view = _read_view(Project.objects.select_related("taxonomy").get(pk=project_id))
        cached = _VIEWS[project_id] = (stamp, view)
    return cached[1]


def policy_version(pk: int) -> PolicyView:
    """Return a policy version, in force or not; raises NotFound."""
    row = PolicyVersion.objects.filter(pk=pk).first()
    if row is None:
        raise NotFound("There is no such policy version.")
    return PolicyView(row.pk, row.version, row.name, row.options)


def _read_view(project: Project) -> ProjectView:
    policy = PolicyVersion.objects.get(project=project, current=True, target="", question="")
    rules = GuidelineSet.objects.filter(project=project, current=True).first()
    return ProjectView(
        id=project.pk,
        slug=project.slug,
        name=project.name,
        overlap=project.overlap,
        lease_seconds=project.lease_seconds,
        reveal=project.reveal,
        severity=project.severity,
        seed=project.seed,
        is_sample=project.is_sample,
        spend_limit=project.spend_limit,
        price_per_label=project.price_per_label,
        price_per_hour=project.price_per_hour,
        jury_patience_seconds=project.jury_patience_seconds,
        taxonomy=taxonomy_tree(project.taxonomy),
        taxonomy_ref=str(project.taxonomy),
        targets=tuple(
            TargetView(row.key, row.title, row.badge, row.people, row.jury)
            for row in Target.objects.filter(project=project)
        ),
        questions=tuple(
            QuestionSchema.from_document(row.schema)
            for row in Question.objects.filter(project=project, current=True)
        ),
        policy=PolicyView(policy.pk, policy.version, policy.name, policy.options),
        guideline_version=rules.version if rules else "",
    )


def project_view(project_id: int) -> ProjectView:
    """Return a project by id; raises NotFound."""
    row = next(iter(_BY_ID(person=NOBODY, project=project_id)), None)
    if row is None:
        raise NotFound("There is no such project.")
    return _view(row)


def project_at_hand(actor: Actor, project_id: int) -> tuple[ProjectView, str | None]:
    """Return a project by id and the actor's role in it, as `role_of` has it; raises NotFound."""
    row = next(iter(_BY_ID(person=actor.id, project=project_id)), None)
    if row is None:
        raise NotFound("There is no such project.")
    return _view(row), MANAGER if actor.is_administrator else row[0]


def project_by_slug(slug: str) -> ProjectView:
    """Return a project by slug, for commands; raises NotFound."""
    row = next(iter(_BY_SLUG(person=NOBODY, slug=slug)), None)
    if row is None:
        message = f"There is no project {slug!r}."
        raise NotFound(message)
    return _view(row)


def role_of(actor: Actor, project_id: int) -> str | None:
    """Return the actor's role in a project; administrators count as managers everywhere."""
    role = (
        Membership.objects.filter(project=project_id, person=actor.id, active=True)
        .values_list("role", flat=True)
        .first()
    )
    return MANAGER if actor.is_administrator else role


def project_for(actor: Actor, slug: str, roles: Collection[str] | None = None) -> ProjectView:
    """Return a project the actor belongs to, in one of `roles`.

    Raises NotFound (absent and not theirs look the same) and NotAllowed.
    """
    row = next(iter(_BY_SLUG(person=actor.id, slug=slug)), None)
    role = MANAGER if row and actor.is_administrator else row and row[0]
    if row is None or role is None:
        raise NotFound("There is no such project.")
    if roles is not None and role not in roles:
        raise NotAllowed("Your role does not allow this.")
    return _view(row)


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
            simulated=row.person.is_simulated,
            imported=bool(row.person.imported_for),
        )
        for row in rows
    )
    return tuple(sorted(found, key=lambda member: (member.name.casefold(), member.person_id)))


def guidelines(project_id: int) -> GuidelineView | None:
    """Return the guideline in force, or None."""
    rules = GuidelineSet.objects.filter(project=project_id, current=True).first()
    if rules is None:
        return None
    pairs: dict[str, list[tuple[str, str]]] = {}
    for pair in rules.deconflictions.order_by("pk"):
        pairs.setdefault(pair.first, []).append((pair.second, pair.text))
        pairs.setdefault(pair.second, []).append((pair.first, pair.text))
    return GuidelineView(
        version=rules.version,
        general=tuple(rules.general),
        sections=tuple(
            Section(
                section=row.section,
                category=row.category,
                rule=row.rule,
                not_meant=row.not_meant,
                examples=tuple(row.examples),
                changed=row.changed,
                deconfliction=tuple(pairs.get(row.category, ())),
            )
            for row in rules.guidelines.all()
        ),
    )
