"""Writes of projects and of the taxonomies they use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from annotator.audit import services as audit
from annotator.catalog.models import Project, Taxonomy
from annotator.catalog.services.changes import Change
from annotator.core.digests import sha256_json
from jury.taxonomy import Taxonomy as CategoryTree


@transaction.atomic
def publish_taxonomy(tree: CategoryTree) -> tuple[int, str]:
    """Store a taxonomy unless this very one is stored; return its id and digest."""
    document = tree.to_document()
    digest = sha256_json(document)
    row, created = Taxonomy.objects.get_or_create(
        key=tree.id,
        version=tree.version,
        digest=digest,
        defaults={"title": tree.title, "document": document},
    )
    if created:
        audit.record(
            verb="taxonomy.published",
            subject=f"taxonomy:{row.pk}",
            actor=None,
            data={"digest": digest},
        )
    return row.pk, digest


@transaction.atomic
def save_project(
    *, slug: str, fields: Mapping[str, object], taxonomy_id: int, actor: int | None = None
) -> tuple[int, tuple[Change, ...]]:
    """Create a project or bring its settings up to date; return its id and what changed."""
    wanted: dict[str, Any] = {**fields, "taxonomy_id": taxonomy_id}
    project = Project.objects.select_for_update(no_key=True).filter(slug=slug).first()
    if project is None:
        project = Project.objects.create(slug=slug, **wanted)
        changes: tuple[Change, ...] = (Change("project", None, slug),)
    else:
        changes = _update(project, wanted)
    if changes:
        audit.record(
            verb="project.saved",
            subject=f"project:{project.pk}",
            actor=actor,
            project=project.pk,
            data={"changed": [change.what for change in changes]},
        )
    return project.pk, changes


def _update(project: Project, wanted: Mapping[str, Any]) -> tuple[Change, ...]:
    changed = {name: v for name, v in wanted.items() if getattr(project, name) != v}
    before_ref = str(project.taxonomy)
    changes = []
    for name, value in changed.items():
        before = getattr(project, name)
        setattr(project, name, value)
        if name == "taxonomy_id":
            after_ref = str(Taxonomy.objects.get(pk=value))
            changes.append(Change("project.taxonomy", before_ref, after_ref))
        else:
            changes.append(Change(f"project.{name}", before, value))
    if changed:
        project.save(update_fields=[name.removesuffix("_id") for name in changed])
    return tuple(changes)


def lock_project(project_id: int) -> None:
    """Let nobody else change a project, or its policy, until this transaction ends."""
    list(Project.objects.select_for_update(no_key=True).filter(pk=project_id).values_list("pk"))
