"""Importing items: read, sort out, store and open, one chunk a transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeVar

from django.db import transaction

from annotator.catalog import services as catalog
from annotator.catalog.queries import ProjectView, project_view
from annotator.core.errors import Conflict
from annotator.flow.errors_file import ErrorsFile, default_errors_path, errors_file
from annotator.flow.progress import SILENT, Progress
from annotator.flow.steps import open_items
from annotator.flow.wake import wake_workers
from annotator.intake import checks, services
from annotator.intake.near_duplicates import NearDuplicates
from annotator.intake.readers import RowError, Survey, format_of, read_rows, survey
from annotator.intake.rows import NewItem, Shape, check_mapping, read_item

CHUNK = 1000

T = TypeVar("T")


@dataclass(slots=True)
class ImportReport:
    """The result of an import, as CONTRACTS names it."""

    file: str
    sha256: str
    rows: int = 0
    imported: int = 0
    already_present: int = 0
    rejected: int = 0
    id_reused: int = 0
    duplicate_text: int = 0
    errors_file: str | None = None

    def document(self) -> dict[str, object]:
        """Return the report as JSON."""
        return {
            "file": self.file,
            "sha256": self.sha256,
            "rows": self.rows,
            "imported": self.imported,
            "already_present": self.already_present,
            "rejected": self.rejected,
            "id_reused": self.id_reused,
            "duplicate_text": self.duplicate_text,
            "errors_file": self.errors_file,
        }


def shape_of(project: ProjectView, mapping: Mapping[str, str]) -> Shape:
    """Return what the project makes of a row; raises Invalid for an unknown mapping."""
    targets = tuple(target.key for target in project.targets)
    check_mapping(mapping, targets)
    judged = frozenset(key for key in targets if project.questions_for(key))
    return Shape(targets=targets, judged=judged, mapping=dict(mapping))


def preview(path: Path, *, mapping: Mapping[str, str], project: ProjectView) -> checks.Preview:
    """Return a file's columns, first rows and problems; writes nothing.

    Raises Unreadable, TooLarge, Invalid.
    """
    return checks.look(path, project_id=project.id, shape=shape_of(project, mapping))


def import_items(  # noqa: PLR0913 - the command's options, each by name
    path: Path,
    *,
    project: ProjectView,
    mapping: Mapping[str, str] | None = None,
    filename: str = "",
    strict: bool = False,
    repeat: bool = False,
    errors: Path | None = None,
    actor: int | None = None,
    progress: Progress = SILENT,
) -> ImportReport:
    """Import a file's rows as items with their seats and inquiries; return what became of them.

    Each chunk is one transaction: interrupted, the same call goes on where it was.

    Args:
        path: The file; its suffix says the format.
        project: Where the items go.
        mapping: Our field → the file's column.
        filename: The name to remember, for uploads that are stored under another one.
        strict: Any rejected row refuses the whole file.
        repeat: Import rows again whose id and text are present.
        errors: Where rejected rows go; None: the imports folder of the data folder.
        actor: Who imports; None: the system.
        progress: Hears of each chunk.

    Raises:
        Unreadable, TooLarge: The file as a whole; nothing is written.
        Invalid: The mapping names an unknown field.
        Conflict: What the project judges changed while the file was read; earlier chunks stay.
    """
    shape = shape_of(project, mapping or {})
    format_of(path)
    seen = survey(path)
    report = ImportReport(file=filename or path.name, sha256=seen.sha256)
    if strict and _any_bad(path, shape):
        return _refuse(path, shape, report, _errors_path(errors, f"{project.slug}-refused"))
    batch_id, number = services.open_batch(
        project_id=project.id, filename=report.file, sha256=seen.sha256, actor=actor
    )
    target = _errors_path(errors, f"{project.slug}-{number}")
    with errors_file(target, made_anyway=errors is not None) as rejected:
        run = _Run(project, shape, batch_id, report, rejected, repeat)
        for chunk in chunks(_parsed(path, shape), CHUNK):
            run.take(chunk)
            progress.step(report.rows, _total(path, seen))
        report.errors_file = rejected.shown
    services.close_batch(batch_id=batch_id, actor=actor)
    return report


@dataclass(slots=True)
class _Run:
    """One import on its way."""

    project: ProjectView
    shape: Shape
    batch_id: int
    report: ImportReport
    errors: ErrorsFile
    repeat: bool
    near: NearDuplicates = field(default_factory=NearDuplicates)

    def take(self, chunk: list[NewItem | RowError]) -> None:
        """Store a chunk and open its items in one transaction, then count it."""
        rows = [entry for entry in chunk if isinstance(entry, NewItem)]
        bad = [entry for entry in chunk if isinstance(entry, RowError)]
        with transaction.atomic():
            project = self._as_it_is()
            stored = services.store_items(
                batch_id=self.batch_id,
                rows=rows,
                rejected=len(bad),
                repeat=self.repeat,
                near=self.near,
            )
            open_items(project, stored.item_ids)
            transaction.on_commit(wake_workers)
        self.errors.write(bad)
        self.report.rows += len(chunk)
        self.report.imported += len(stored.item_ids)
        self.report.already_present += stored.already_present
        self.report.rejected += len(bad)
        self.report.id_reused += stored.id_reused
        self.report.duplicate_text += stored.duplicate_text

    def _as_it_is(self) -> ProjectView:
        """Return the project as it is until this chunk is stored; raises Conflict.

        Whoever sets it up anew waits, or was here first: then seats follow what holds now.
        """
        catalog.lock_project(self.project.id)
        project = project_view(self.project.id)
        if shape_of(project, self.shape.mapping) != self.shape:
            raise Conflict("What this project judges changed meanwhile. Import the file again.")
        return project


def _parsed(path: Path, shape: Shape) -> Iterator[NewItem | RowError]:
    for entry in read_rows(path):
        yield entry if isinstance(entry, RowError) else read_item(entry, shape)


def _any_bad(path: Path, shape: Shape) -> bool:
    return any(isinstance(entry, RowError) for entry in _parsed(path, shape))


def _refuse(path: Path, shape: Shape, report: ImportReport, target: Path) -> ImportReport:
    """Write the errors of a file that a strict import refuses, and nothing else."""
    with errors_file(target, made_anyway=True) as rejected:
        for entry in _parsed(path, shape):
            report.rows += 1
            if isinstance(entry, RowError):
                rejected.write([entry])
        report.errors_file = rejected.shown
    # Nothing was taken: every row counts as rejected, the file says which ones are to blame.
    report.rejected = report.rows
    return report


def chunks(source: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield lists of at most `size`."""
    rest = iter(source)
    while chunk := list(islice(rest, size)):
        yield chunk


def _errors_path(chosen: Path | None, name: str) -> Path:
    return chosen or default_errors_path(name)


def _total(path: Path, seen: Survey) -> int | None:
    return seen.lines if format_of(path) in {".jsonl", ".ndjson"} else None
