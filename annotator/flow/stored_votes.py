"""Importing votes that were given elsewhere: read, place on units, store, then move items on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction

from annotator.audit import services as audit
from annotator.catalog.queries import ProjectView
from annotator.flow.errors_file import ErrorsFile, default_errors_path, errors_file
from annotator.flow.intake import chunks
from annotator.flow.progress import SILENT, Progress
from annotator.flow.steps import advance_marked
from annotator.flow.vote_jurors import JurorVotes
from annotator.flow.vote_people import PeopleVotes
from annotator.flow.vote_rows import Placed, StoredVote, Taken, VoteReader
from annotator.intake import derived
from annotator.intake.queries import items_by_external_id, unit_ids
from annotator.intake.readers import RowError, format_of, read_rows, survey

CHUNK = 2000
ADVANCE = 500
TABLES = frozenset({".csv", ".parquet"})


@dataclass(slots=True)
class VoteReport:
    """The result of an import of votes."""

    file: str
    sha256: str
    rows: int = 0
    imported: int = 0
    already_present: int = 0
    rejected: int = 0
    raters: int = 0
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
            "raters": self.raters,
            "errors_file": self.errors_file,
        }


def import_votes(  # noqa: PLR0913 - the command's options, each by name
    path: Path,
    *,
    project: ProjectView,
    filename: str = "",
    batch: int | None = None,
    errors: Path | None = None,
    actor: int | None = None,
    progress: Progress = SILENT,
) -> VoteReport:
    """Import votes and move their items on; return what became of the rows.

    Each chunk is one transaction; its items are marked due, so that an interrupted import still
    moves them on. The same votes again add nothing.

    Args:
        path: The file; its suffix says the format.
        project: Whose items the votes are about.
        filename: The name to remember, for uploads that are stored under another one.
        batch: Look only at the items of the import of this number.
        errors: Where rejected rows go; None: the imports folder of the data folder.
        actor: Who imports; None: the system.
        progress: Hears of each chunk.

    Raises:
        Unreadable, TooLarge, Invalid: The file as a whole; nothing is written.
    """
    format_of(path)
    seen = survey(path)
    report = VoteReport(file=filename or path.name, sha256=seen.sha256)
    target = errors or default_errors_path(f"{project.slug}-votes-{seen.sha256[:12]}")
    with errors_file(target, made_anyway=errors is not None) as rejected:
        run = _Run(project, batch, report, rejected)
        for chunk in chunks(_read(path, project), CHUNK):
            run.take(chunk)
            progress.step(report.rows, None)
        report.errors_file = rejected.shown
    report.raters = len(run.raters)
    run.finish(actor)
    return report


def _read(path: Path, project: ProjectView) -> Iterator[StoredVote | RowError]:
    reader = VoteReader(project, has_header=format_of(path) in TABLES)
    for entry in read_rows(path):
        yield entry if isinstance(entry, RowError) else reader.read(entry)


@dataclass(slots=True)
class _Run:
    """One import on its way."""

    project: ProjectView
    batch: int | None
    report: VoteReport
    errors: ErrorsFile
    raters: set[tuple[str, str]] = field(default_factory=set)
    items: set[int] = field(default_factory=set)
    people: PeopleVotes = field(init=False)
    jurors: JurorVotes = field(init=False)

    def __post_init__(self) -> None:
        self.people = PeopleVotes(self.project)
        self.jurors = JurorVotes(self.project)

    def take(self, chunk: Sequence[StoredVote | RowError]) -> None:
        """Store a chunk in one transaction and count it."""
        taken = Taken(errors=[entry for entry in chunk if isinstance(entry, RowError)])
        with transaction.atomic():
            placed = self._place([e for e in chunk if isinstance(e, StoredVote)], taken)
            touched = {row.item_id for row in placed}
            derived.lock_items(touched)
            self.people.take([row for row in placed if row.vote.kind == "human"], taken)
            self.jurors.take([row for row in placed if row.vote.kind == "juror"], taken)
            if taken.imported:
                derived.mark_due(touched)
                self.items |= touched
        self.raters |= {(row.vote.kind, row.vote.rater) for row in placed}
        self.errors.write(sorted(taken.errors, key=lambda error: error.line))
        self.report.rows += len(chunk)
        self.report.imported += taken.imported
        self.report.already_present += taken.already_present
        self.report.rejected += len(taken.errors)

    def _place(self, votes: Sequence[StoredVote], taken: Taken) -> list[Placed]:
        """Find each vote's item and unit; what has none is an error."""
        items = items_by_external_id(self.project.id, {vote.item for vote in votes}, self.batch)
        units = unit_ids({pk for found in items.values() for pk in found})
        placed = []
        for vote in votes:
            found = items.get(vote.item, ())
            unit = units.get((found[0], vote.target)) if len(found) == 1 else None
            if unit is None:
                taken.add(_unplaced(vote, len(found)))
            else:
                placed.append(Placed(vote, found[0], unit))
        return placed

    def finish(self, actor: int | None) -> None:
        """Move the items on and say so in the events."""
        audit.record(
            verb="votes.imported",
            subject=f"project:{self.project.id}",
            actor=actor,
            project=self.project.id,
            data={"sha256": self.report.sha256, "imported": self.report.imported},
        )
        ordered = sorted(self.items)
        for start in range(0, len(ordered), ADVANCE):
            part = ordered[start : start + ADVANCE]
            advance_marked(self.project, part)


def _unplaced(vote: StoredVote, items: int) -> RowError:
    if items == 0:
        message = f"The project has no item “{vote.item[:60]}”."
        return RowError(vote.line, "item", "unknown_item", message)
    if items > 1:
        message = f"{items} items have the id “{vote.item[:60]}”; name their batch."
        return RowError(vote.line, "item", "ambiguous_item", message)
    message = f"The item has nothing to judge as “{vote.target[:20]}”."
    return RowError(vote.line, "target", "unknown_unit", message)
