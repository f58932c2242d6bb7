"""Releases and exports: the doors for pages, API, commands and jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings

from annotator.accounts.queries import Actor
from annotator.catalog.queries import AUDITOR, MANAGER, ProjectView, project_for
from annotator.core.errors import Invalid
from annotator.flow.progress import SILENT, Progress
from annotator.release import queries, services, standing
from annotator.release.canonical import sha256_file
from annotator.release.gates import NAMES, Gate
from annotator.release.queries import ExportView, ReleaseView
from annotator.release.writers.registry import FORMATS, format_for

TAKERS: Final = frozenset({MANAGER, AUDITOR})
GATE_NAMES: Final = NAMES


@dataclass(frozen=True, slots=True)
class Download:
    """A rendered file that is ready to be streamed; the name is made of safe characters only."""

    path: Path
    filename: str
    media_type: str
    bytes: int
    sha256: str


def formats() -> Mapping[str, tuple[str, ...]]:
    """Return the formats an export can have, each with its shapes."""
    return {key: each.shapes for key, each in FORMATS.items()}


def gates(project: ProjectView) -> tuple[Gate, ...]:
    """Return a project's gates as a freeze would judge them now."""
    return standing.gates(project)


def freeze(
    project_id: int,
    *,
    actor: Actor | None,
    overrides: Mapping[str, object],
    progress: Progress = SILENT,
) -> ReleaseView:
    """Freeze the next release of a project; return it.

    `overrides` maps a gate's name to the reason why it may be shut. Raises Conflict naming each
    shut gate, Invalid for an unknown gate or a reason under ten characters, NotFound, Unavailable.
    """
    return services.freeze(
        project_id=project_id,
        actor=actor.id if actor else None,
        overrides=overrides,
        step=progress.step,
    )


def parse_reference(text: str) -> tuple[str, int]:
    """Return (project, number) of `P/N`; raises Invalid.

    >>> parse_reference("pilot/2")
    ('pilot', 2)
    """
    slug, _, number = text.rpartition("/")
    if not slug or not number.isascii() or not number.isdigit():
        message = f"{text!r} is no release; write PROJECT/NUMBER, like pilot/2."
        raise Invalid(message, fields={"release": message})
    return slug, int(number)


def export(
    project_id: int,
    number: int,
    *,
    format_key: str,
    shape: str | None,
    output: Path,
    actor: Actor | None = None,
) -> ExportView:
    """Render a release into a file, complete or not at all; return rows, bytes and sha256.

    Raises NotFound, Invalid for an unknown format or shape, Conflict if the release's files were
    altered, Unavailable where the disk refuses.
    """
    return services.export(
        release=queries.release(project_id, number),
        format_key=format_key,
        shape_key=shape,
        output=output,
        actor=actor.id if actor else None,
    )


def download(
    actor: Actor, slug: str, number: int, *, format_key: str, shape: str | None
) -> Download:
    """Return a release's rendering for a manager or an auditor; it is made once and kept.

    Raises what `export` raises, and NotAllowed.
    """
    project = project_for(actor, slug, TAKERS)
    chosen, kind = format_for(format_key, shape)
    release = queries.release(project.id, number)
    name = f"{project.slug}-{number}-{kind}.{chosen.suffix}"
    path = Path(settings.CONCORD_HOME) / "exports" / project.slug / name
    known = next(
        (
            row
            for row in queries.exports(project.id)
            if (row.release, row.format, row.shape) == (number, chosen.key, kind)
        ),
        None,
    )
    if known is None or not path.is_file() or sha256_file(path) != known.sha256:
        known = services.export(
            release=release, format_key=chosen.key, shape_key=kind, output=path, actor=actor.id
        )
    return Download(path, name, chosen.media_type, known.bytes, known.sha256)


def manifest(actor: Actor, slug: str, number: int) -> Mapping[str, object]:
    """Return a release's manifest; raises NotFound, NotAllowed."""
    project = project_for(actor, slug, TAKERS)
    return queries.release(project.id, number).manifest
