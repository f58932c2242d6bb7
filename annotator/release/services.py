"""Freezing releases and rendering exports of them. Called by flow only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from django.conf import settings
from django.db import transaction

from annotator.accounts.models import Person
from annotator.audit import services as audit
from annotator.catalog.models import Project
from annotator.catalog.queries import ProjectView, members, project_view
from annotator.core import dbtime
from annotator.core.digests import canonical, sha256_json
from annotator.core.errors import Conflict
from annotator.quality.queries.runs import unfinished_run
from annotator.release import queries
from annotator.release.canonical import (
    FileEntry,
    move_into_place,
    open_hashed,
    part_folder,
    replaced_file,
    sha256_file,
)
from annotator.release.card import Card, card_json
from annotator.release.evidence import Reader, chunks, linked
from annotator.release.gates import Gate, demand, overridden, read_overrides
from annotator.release.models import Export, Release
from annotator.release.queries import ExportView, ReleaseView, releases_folder
from annotator.release.rows import SAFETY, UNIT_COLUMNS, VOTE_COLUMNS, Counts, Shaper
from annotator.release.snapshot import Step, apart, snapshot
from annotator.release.splits import splits
from annotator.release.standing import asked_of_people, gates, headlines, set_aside_now
from annotator.release.writers.registry import format_for
from annotator.release.writers.shapes import TAXONOMY_FILE, UNITS_FILE, VOTES_FILE, table

CONTRACT = 1
MANIFEST = "manifest.json"
CARD_JSON = "datacard.json"
CARD_TEXT = "datacard.md"


@dataclass(frozen=True, slots=True)
class _Frozen:
    """What was written into a release's folder."""

    project: ProjectView
    files: tuple[FileEntry, ...]
    counts: Counts
    gates: tuple[Gate, ...]


def freeze(
    *, project_id: int, actor: int | None, overrides: Mapping[str, object], step: Step
) -> ReleaseView:
    """Freeze a project's state of one moment into the next release; return it.

    Raises Conflict where a gate is shut, Invalid for a wrong override, NotFound, Unavailable
    where the disk refuses; then nothing is left behind.
    """
    reasons = read_overrides(overrides)
    parent = releases_folder(project_view(project_id).slug)
    with part_folder(parent) as part:
        with snapshot(), apart(step) as told:
            frozen = _write(project_view(project_id), part, reasons, told)
        return _store(frozen, part, parent, actor)


def _write(project: ProjectView, part: Path, reasons: Mapping[str, str], step: Step) -> _Frozen:
    if unfinished_run(project.id) is not None:
        raise Conflict("A re-decision is not finished. A release would hold half of it.")
    agreements = headlines(project)
    judged = overridden(gates(project, agreements), reasons)
    demand(judged)
    shaper = Shaper(
        project=project,
        asked_of_people=frozenset(asked_of_people(project)),
        splits=splits(linked(project.id)),
    )
    files = [*_rows(project, part, shaper, step)]
    card = Card(
        project=project.slug,
        name=project.name,
        taxonomy=project.taxonomy_ref,
        taxonomy_title=project.taxonomy.title,
        targets=[target.key for target in project.targets],
        questions=[question.key for question in project.questions],
        policy=_policy(project),
        guideline=project.guideline_version,
        overlap=project.overlap,
        counts=shaper.counts.document(),
        agreement=agreements,
        gates=judged,
        simulated=_all_simulated(project),
        set_aside=set_aside_now(project),
    )
    files += [
        _text(part / CARD_JSON, card_json(card)),
        _text(part / CARD_TEXT, card.markdown()),
        _text(part / TAXONOMY_FILE, canonical(project.taxonomy.to_document()) + "\n"),
    ]
    ordered = tuple(sorted(files, key=lambda entry: entry.name))
    return _Frozen(project, ordered, shaper.counts, judged)


def _rows(project: ProjectView, part: Path, shaper: Shaper, step: Step) -> tuple[FileEntry, ...]:
    groups = list(chunks(project.id))
    total = sum(len(group) for group in groups)
    reader = Reader(project)
    done = 0
    step(0, total)
    with open_hashed(part / UNITS_FILE) as units, open_hashed(part / VOTES_FILE) as votes:
        for group in groups:
            facts = reader.read(group)
            for row in shaper.units(facts):
                units.row(row)
            for row in shaper.votes(facts):
                votes.row(row)
            done += len(group)
            step(done, total)
    return units.entry(), votes.entry()


def _text(path: Path, text: str) -> FileEntry:
    with open_hashed(path) as file:
        file.write(text, rows=text.count("\n"))
    return file.entry()


def _policy(project: ProjectView) -> dict[str, object]:
    policy = project.policy
    return {"name": policy.name, "version": policy.version, "options": dict(policy.options)}


def _all_simulated(project: ProjectView) -> bool:
    people = [row.person_id for row in members(project.id) if row.role == "annotator"]
    real = Person.objects.filter(pk__in=people, is_simulated=False)
    return project.is_sample or (bool(people) and not real.exists())


@transaction.atomic
def _store(frozen: _Frozen, part: Path, parent: Path, actor: int | None) -> ReleaseView:
    """Give the release its number and its place; the row and the folder come together."""
    project = frozen.project
    Project.objects.select_for_update(no_key=True).get(pk=project.id)
    number = queries.next_number(project.id)
    files = [entry.document() for entry in frozen.files]
    extra = tuple(question.key for question in project.questions if question.key != SAFETY)
    created_at = dbtime.now()
    manifest: dict[str, object] = {
        "contract": CONTRACT,
        "project": project.slug,
        "release": number,
        "created_at": created_at.isoformat(),
        "taxonomy": project.taxonomy_ref,
        "policy": _policy(project),
        "counts": frozen.counts.document(),
        "gates": [gate.document() for gate in frozen.gates],
        "files": files,
        "columns": {"units": [*UNIT_COLUMNS, *extra], "votes": [*VOTE_COLUMNS, *extra]},
    }
    _text(part / MANIFEST, json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
    place = parent / str(number)
    row = Release.objects.create(
        project_id=project.id,
        number=number,
        sha256=sha256_json(files),
        manifest=manifest,
        folder=str(place.relative_to(settings.CONCORD_HOME)),
        created_by=actor,
    )
    audit.record(
        verb="release.frozen",
        subject=f"release:{row.pk}",
        actor=actor,
        project=project.id,
        data={
            "number": number,
            "sha256": row.sha256,
            "overridden": [gate.name for gate in frozen.gates if gate.override is not None],
        },
    )
    move_into_place(part, place)
    return queries.release(project.id, number)


def export(
    *, release: ReleaseView, format_key: str, shape_key: str | None, output: Path, actor: int | None
) -> ExportView:
    """Render a release's canonical files into `output`, complete or not at all.

    Raises Invalid for an unknown format or shape, Conflict if a canonical file is not what was
    frozen, Unavailable where the disk refuses.
    """
    chosen, shape = format_for(format_key, shape_key)
    source = VOTES_FILE if shape == "votes" else UNITS_FILE
    check_files(release, (source, TAXONOMY_FILE))
    found = table(release.folder, shape, _columns(release))
    with replaced_file(output) as file:
        chosen.write(found, _category_names(release), file)
    entry = file.entry()
    return _note_export(release, chosen.key, shape, entry, actor)


@transaction.atomic
def _note_export(
    release: ReleaseView, format_key: str, shape: str, entry: FileEntry, actor: int | None
) -> ExportView:
    row = Export.objects.create(
        release_id=release.id,
        format=format_key,
        shape=shape,
        rows=entry.rows,
        bytes=entry.bytes,
        sha256=entry.sha256,
        created_by=actor,
    )
    project = Release.objects.values_list("project_id", flat=True).get(pk=release.id)
    audit.record(
        verb="release.exported",
        subject=f"export:{row.pk}",
        actor=actor,
        project=project,
        data={"release": release.number, "format": format_key, "shape": shape},
    )
    return ExportView(
        release=release.number,
        format=row.format,
        shape=row.shape,
        rows=row.rows,
        bytes=row.bytes,
        sha256=row.sha256,
        created_at=row.created_at,
    )


def check_files(release: ReleaseView, names: tuple[str, ...]) -> None:
    """Raise Conflict unless these files of a release are the ones that were frozen."""
    for entry in release.files:
        name = str(entry["name"])
        path = release.folder / name
        if name in names and (not path.is_file() or sha256_file(path) != entry["sha256"]):
            message = f"{name} of release {release.number} is not what was frozen."
            raise Conflict(message)


def _columns(release: ReleaseView) -> dict[str, tuple[str, ...]]:
    stored = cast("Mapping[str, list[str]]", release.manifest["columns"])
    return {shape: tuple(columns) for shape, columns in stored.items()}


def _category_names(release: ReleaseView) -> dict[str, str]:
    document = json.loads((release.folder / TAXONOMY_FILE).read_text(encoding="utf-8"))
    return {row["id"]: row["name"] for row in document["categories"]}
