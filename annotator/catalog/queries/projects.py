"""Reads of projects: by id and slug, by who asks; a view is kept while its versions are in force."""

from __future__ import annotations

from collections.abc import Collection
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
from annotator.catalog.queries.roles import MANAGER
from annotator.catalog.queries.views import PolicyView, ProjectView, Standing, TargetView
from annotator.core.errors import NotAllowed, NotFound
from annotator.core.prepared import Prepared
from jury.taxonomy import Taxonomy as CategoryTree
from jury.verdict import QuestionSchema

_TREES: dict[str, CategoryTree] = {}
"""Published taxonomies by digest: frozen, so each is read once per process."""


def taxonomy_tree(row: Taxonomy) -> CategoryTree:
    """Return a published taxonomy as a value."""
    if row.digest not in _TREES:
        _TREES[row.digest] = CategoryTree.from_document(row.document)
    return _TREES[row.digest]


_COLUMNS: Final = tuple(column.attname for column in Project._meta.concrete_fields)  # noqa: SLF001 - Django documents it


def _stamped(person_id: int) -> QuerySet[Project, tuple[Any, ...]]:
    """Return projects as stamps: (role, items labeled after, id, all columns, versions in force).

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
        Subquery(roles.values("labels_after")[:1]),
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
    """Return the view behind a stamp; what the person is in the project is no part of it."""
    project_id, stamp = row[2], row[2:]
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


def standing_at_hand(actor: Actor, project_id: int) -> Standing:
    """Return a project by id and what the actor is in it, if anything; raises NotFound."""
    row = next(iter(_BY_ID(person=actor.id, project=project_id)), None)
    if row is None:
        raise NotFound("There is no such project.")
    return _standing(actor, row)


def standing_in(actor: Actor, slug: str, roles: Collection[str] | None = None) -> Standing:
    """Return what the actor is in a project, as `project_for` does; raises the same."""
    row = next(iter(_BY_SLUG(person=actor.id, slug=slug)), None)
    found = _standing(actor, row) if row else None
    if found is None or found.role is None:
        raise NotFound("There is no such project.")
    if roles is not None and found.role not in roles:
        raise NotAllowed("Your role does not allow this.")
    return found


def _standing(actor: Actor, row: tuple[Any, ...]) -> Standing:
    """An administrator counts as a manager everywhere."""
    role, labels_after = row[:2]
    if not actor.is_administrator:
        return Standing(_view(row), role, labels_after)
    return Standing(_view(row), MANAGER, labels_after if role else None)


def project_by_slug(slug: str) -> ProjectView:
    """Return a project by slug, for commands; raises NotFound."""
    row = next(iter(_BY_SLUG(person=NOBODY, slug=slug)), None)
    if row is None:
        message = f"There is no project {slug!r}."
        raise NotFound(message)
    return _view(row)


def project_for(actor: Actor, slug: str, roles: Collection[str] | None = None) -> ProjectView:
    """Return a project the actor belongs to, in one of `roles`.

    Raises NotFound (absent and not theirs look the same) and NotAllowed.
    """
    return standing_in(actor, slug, roles).project
