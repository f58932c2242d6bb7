"""Reads of releases and exports, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

from django.conf import settings
from django.db.models import Max

from annotator.core.errors import NotFound
from annotator.release.models import Export, Release


@dataclass(frozen=True, slots=True)
class GateView:
    """A gate as it was when the release was frozen."""

    name: str
    value: float | None
    limit: float
    passed: bool
    override: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class ReleaseView:
    """A frozen release; `folder` is the place of its canonical files."""

    id: int
    project: str
    number: int
    sha256: str
    manifest: Mapping[str, object]
    folder: Path
    created_by: int | None
    created_at: datetime

    @property
    def gates(self) -> tuple[GateView, ...]:
        """The gates, judged."""
        rows = cast("Sequence[Mapping[str, object]]", self.manifest["gates"])
        return tuple(
            GateView(
                name=str(row["name"]),
                value=cast("float | None", row["value"]),
                limit=cast("float", row["limit"]),
                passed=bool(row["passed"]),
                override=cast("str | None", row["override"]),
                reason=str(row.get("reason", "")),
            )
            for row in rows
        )

    @property
    def counts(self) -> Mapping[str, object]:
        """How many of what it holds."""
        return cast("Mapping[str, object]", self.manifest["counts"])

    @property
    def files(self) -> Sequence[Mapping[str, object]]:
        """Name, rows, bytes and sha256 of each file."""
        return cast("Sequence[Mapping[str, object]]", self.manifest["files"])


@dataclass(frozen=True, slots=True)
class ExportView:
    """A rendering that was made of a release."""

    release: int
    format: str
    shape: str
    rows: int
    bytes: int
    sha256: str
    created_at: datetime


def releases_folder(slug: str) -> Path:
    """Return where a project's releases lie."""
    return Path(settings.CONCORD_HOME) / "releases" / slug


def _view(row: Release) -> ReleaseView:
    return ReleaseView(
        id=row.pk,
        project=row.project.slug,
        number=row.number,
        sha256=row.sha256,
        manifest=row.manifest,
        folder=Path(settings.CONCORD_HOME) / row.folder,
        created_by=row.created_by,
        created_at=row.created_at,
    )


def releases(project_id: int) -> tuple[ReleaseView, ...]:
    """Return a project's releases, the newest first."""
    rows = Release.objects.filter(project=project_id).select_related("project").order_by("-number")
    return tuple(_view(row) for row in rows)


def release(project_id: int, number: int) -> ReleaseView:
    """Return one release; raises NotFound."""
    row = (
        Release.objects.filter(project=project_id, number=number).select_related("project").first()
    )
    if row is None:
        message = f"There is no release {number}."
        raise NotFound(message)
    return _view(row)


def next_number(project_id: int) -> int:
    """Return the number the next release gets."""
    last = Release.objects.filter(project=project_id).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def exports(project_id: int, limit: int = 50) -> tuple[ExportView, ...]:
    """Return a project's latest exports, the newest first."""
    rows = Export.objects.filter(release__project=project_id).select_related("release")
    return tuple(
        ExportView(
            release=row.release.number,
            format=row.format,
            shape=row.shape,
            rows=row.rows,
            bytes=row.bytes,
            sha256=row.sha256,
            created_at=row.created_at,
        )
        for row in rows.order_by("-pk")[:limit]
    )
