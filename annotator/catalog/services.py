"""Writes of projects: settings, targets, questions, policy, guidelines, members."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from django.db import transaction
from django.db.models import Max

from annotator.audit import services as audit
from annotator.catalog.models import (
    Deconfliction,
    Guideline,
    GuidelineSet,
    Membership,
    PolicyVersion,
    Project,
    Question,
    Target,
    Taxonomy,
)
from annotator.catalog.queries import TargetView
from annotator.core import dbtime
from annotator.core.digests import sha256_json, sha256_text
from annotator.core.errors import Conflict
from jury.taxonomy import Taxonomy as CategoryTree
from jury.verdict import QuestionSchema

PSEUDONYM_DIGITS = (6, 8, 10, 14)


@dataclass(frozen=True, slots=True)
class Change:
    """One value that is new: what, and what it was (None: nothing)."""

    what: str
    before: object
    after: object

    def document(self) -> dict[str, object]:
        """Return the change as JSON."""
        return {"what": self.what, "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True)
class NewGuidelines:
    """A guideline to publish: {section, title, text}, rules by category, pairs to tell apart."""

    version: str
    general: Sequence[Mapping[str, str]]
    rules: Sequence[Mapping[str, object]]
    deconfliction: Sequence[Mapping[str, str]] = field(default_factory=tuple)

    @property
    def digest(self) -> str:
        """SHA-256 of all that it says."""
        return sha256_json(
            {
                "version": self.version,
                "general": [dict(entry) for entry in self.general],
                "rules": [dict(entry) for entry in self.rules],
                "deconfliction": [dict(entry) for entry in self.deconfliction],
            }
        )


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


def set_targets(
    *, project_id: int, targets: Sequence[TargetView], frozen: bool
) -> tuple[Change, ...]:
    """Make a project's targets those given; raises Conflict if they differ while `frozen`."""
    rows = Target.objects.filter(project=project_id)
    stored = [(row.key, row.people, row.jury) for row in rows]
    wanted = [(target.key, target.people, target.jury) for target in targets]
    if stored == wanted:
        return ()
    before, after = [key for key, *_ in stored], [key for key, *_ in wanted]
    if stored and frozen:
        _refuse("targets", before, after)
    rows.delete()
    Target.objects.bulk_create(
        Target(
            project_id=project_id,
            key=target.key,
            title=target.title,
            badge=target.badge,
            position=position,
            people=target.people,
            jury=target.jury,
        )
        for position, target in enumerate(targets)
    )
    return (Change("project.targets", before, after),)


def set_questions(
    *, project_id: int, schemas: Sequence[QuestionSchema], frozen: bool
) -> tuple[Change, ...]:
    """Make a project's questions those given; a question that reads differently gets a version.

    Raises Conflict if one comes or goes while `frozen`.
    """
    rows = {row.key: row for row in Question.objects.filter(project=project_id, current=True)}
    before, after = list(rows), [schema.key for schema in schemas]
    if rows and frozen and set(before) != set(after):
        _refuse("questions", before, after)
    changes = [] if before == after else [Change("project.questions", before, after)]
    Question.objects.filter(project=project_id, current=True).exclude(key__in=after).update(
        current=False
    )
    for position, schema in enumerate(schemas):
        row = rows.get(schema.key)
        if row is not None and _reads_the_same(row, schema):
            if row.position != position:
                Question.objects.filter(pk=row.pk).update(position=position)
            continue
        changes += _new_question(project_id, schema, position)
    return tuple(changes)


def _reads_the_same(row: Question, schema: QuestionSchema) -> bool:
    same_version = dataclasses.replace(schema, version=row.version)
    return bool(row.schema == same_version.to_document())


def _new_question(project_id: int, schema: QuestionSchema, position: int) -> list[Change]:
    rows = Question.objects.filter(project=project_id, key=schema.key)
    last = rows.aggregate(last=Max("version"))["last"]
    version = (last or 0) + 1
    rows.update(current=False)
    Question.objects.create(
        project_id=project_id,
        key=schema.key,
        version=version,
        position=position,
        schema=dataclasses.replace(schema, version=version).to_document(),
    )
    return [Change(f"question.{schema.key}", last, version)] if last else []


def _refuse(what: str, before: Sequence[str], after: Sequence[str]) -> None:
    message = (
        f"The {what} cannot change once items are in: they are {', '.join(before)}, the file says"
        f" {', '.join(after)}. Make a new project."
    )
    raise Conflict(message, fields={f"project.{what}": message})


def set_policy(
    *, project_id: int, name: str, options: Mapping[str, object], actor: int | None = None
) -> tuple[Change, ...]:
    """Make this the policy in force, as a new version if it differs."""
    rows = PolicyVersion.objects.filter(project=project_id)
    current = rows.filter(current=True, target="", question="").first()
    if current is not None and (current.name, current.options) == (name, dict(options)):
        return ()
    last = rows.aggregate(last=Max("version"))["last"] or 0
    if current is not None:
        PolicyVersion.objects.filter(pk=current.pk).update(current=False)
    new = PolicyVersion.objects.create(
        project_id=project_id, version=last + 1, name=name, options=dict(options)
    )
    audit.record(
        verb="policy.changed",
        subject=f"policy:{new.pk}",
        actor=actor,
        project=project_id,
        data={"version": new.version},
    )
    before = {"name": current.name, **current.options} if current else None
    return (Change("policy", before, {"name": name, **options}),)


def policy_in_force(project_id: int) -> Mapping[str, object] | None:
    """Return the options in force, None for a project without a policy yet."""
    rows = PolicyVersion.objects.filter(project=project_id, current=True, target="", question="")
    return rows.values_list("options", flat=True).first()


def restore_policy(*, project_id: int, version_id: int, actor: int | None = None) -> None:
    """Put an earlier version of a project's policy into force again; it keeps its number."""
    rows = PolicyVersion.objects.filter(project=project_id)
    rows.filter(current=True, target="", question="").update(current=False)
    rows.filter(pk=version_id).update(current=True)
    version = rows.values_list("version", flat=True).get(pk=version_id)
    audit.record(
        verb="policy.restored",
        subject=f"policy:{version_id}",
        actor=actor,
        project=project_id,
        data={"version": version},
    )


def lock_project(project_id: int) -> None:
    """Let nobody else change a project's policy until this transaction ends."""
    list(Project.objects.select_for_update(no_key=True).filter(pk=project_id).values_list("pk"))


@transaction.atomic
def publish_guidelines(
    *, project_id: int, guidelines: NewGuidelines, actor: int | None = None
) -> str:
    """Publish a version of a project's guidelines; return its digest. Raises Conflict."""
    if GuidelineSet.objects.filter(project=project_id, version=guidelines.version).exists():
        message = f"Version {guidelines.version} of the guidelines is published already."
        raise Conflict(message)
    GuidelineSet.objects.filter(project=project_id, current=True).update(current=False)
    row = GuidelineSet.objects.create(
        project_id=project_id,
        version=guidelines.version,
        digest=guidelines.digest,
        general=[dict(entry) for entry in guidelines.general],
        published_at=dbtime.now(),
    )
    Guideline.objects.bulk_create(
        Guideline(
            guideline_set=row,
            section=str(rule["section"]),
            category=str(rule["category"]),
            rule=str(rule["rule"]),
            not_meant=str(rule.get("not_meant", "")),
            examples=cast("list[object]", rule.get("examples", [])),
            changed=str(rule.get("changed", "")),
        )
        for rule in guidelines.rules
    )
    Deconfliction.objects.bulk_create(
        Deconfliction(
            guideline_set=row, first=pair["first"], second=pair["second"], text=pair["text"]
        )
        for pair in guidelines.deconfliction
    )
    audit.record(
        verb="guidelines.published",
        subject=f"guidelines:{row.pk}",
        actor=actor,
        project=project_id,
        data={"version": row.version, "digest": row.digest},
    )
    return row.digest


def guideline_digest(project_id: int) -> str:
    """Return the digest of the guidelines in force, empty if there are none."""
    row = GuidelineSet.objects.filter(project=project_id, current=True).first()
    return row.digest if row else ""


@transaction.atomic
def set_member(
    *, project_id: int, person_id: int, username: str, role: str, actor: int | None = None
) -> Change | None:
    """Give a person a role in a project; return what changed, None if they had it."""
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
        )
    else:
        Membership.objects.filter(pk=row.pk).update(role=Membership.Role(role), active=True)
    audit.record(
        verb="member.role",
        subject=f"person:{person_id}",
        actor=actor,
        project=project_id,
        data={"role": role},
    )
    return Change(f"member.{username}", before, role)


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
