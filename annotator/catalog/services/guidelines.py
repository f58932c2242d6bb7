"""Writes of guidelines: published once, never edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from django.db import transaction

from annotator.audit import services as audit
from annotator.catalog.models import Deconfliction, Guideline, GuidelineSet
from annotator.core import dbtime
from annotator.core.digests import sha256_json
from annotator.core.errors import Conflict


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
