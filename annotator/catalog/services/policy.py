"""Writes of the policy: versions, of which one is in force."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Max

from annotator.audit import services as audit
from annotator.catalog.models import PolicyVersion
from annotator.catalog.services.changes import Change


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
