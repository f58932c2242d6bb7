"""Jobs as pages show them: what they are, how far, what came of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotator.core.errors import NotFound
from annotator.flow.jobs import JobView

IMPORT: Final = "import_items"
TAGS: Final = {"done": "safe", "failed": "unsafe", "stopped": "caution", "running": "accent"}


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job in a list."""

    job: JobView
    title: str
    state: str
    tag: str
    facts: tuple[str, ...]
    rejected: bool

    @property
    def share_known(self) -> bool:
        """Whether a bar can be drawn."""
        return bool(self.job.total)


def job_rows(jobs: Iterable[JobView]) -> tuple[JobRow, ...]:
    """Return jobs as a page shows them."""
    return tuple(
        JobRow(
            job=job,
            title=_title(job),
            state=_state(job.state),
            tag=TAGS.get(job.state, ""),
            facts=tuple(_facts(job)),
            rejected=_errors_file(job) is not None,
        )
        for job in jobs
    )


def rejected_rows(job: JobView) -> Path:
    """Return the file of an import's rejected rows; raises NotFound where there is none."""
    path = _errors_file(job)
    if path is None or not path.is_file():
        raise NotFound(_("This job rejected no rows."))
    return path


def _errors_file(job: JobView) -> Path | None:
    """Return where the rejected rows lie; only the folder that imports write to is looked at."""
    name = (job.result or {}).get("errors_file")
    home = Path(settings.CONCORD_HOME)
    folder = home / "imports"
    path = home / str(name) if name else None
    return path if path and path.resolve().is_relative_to(folder.resolve()) else None


def _title(job: JobView) -> str:
    file = str((job.result or {}).get("file", ""))
    if job.kind == IMPORT:
        return _("Import of %(file)s") % {"file": file} if file else _("Import of items")
    words = {
        "import_votes": _("Import of votes"),
        "jury": _("Asking the jury"),
        "freeze": _("Freezing a release"),
        "whatif": _("What-if figures"),
        "redecide": _("Deciding again under another policy"),
        "roll_back": _("Rolling a policy back"),
        "refit": _("Fitting the panel"),
        "set_aside": _("Deciding again about answers set aside, or back"),
    }
    return words[job.kind]


def _state(state: str) -> str:
    return {
        "queued": _("Waiting for a worker"),
        "running": _("Running"),
        "done": _("Done"),
        "failed": _("Failed"),
        "stopped": _("Stopped"),
    }[state]


def _facts(job: JobView) -> Iterable[str]:
    result = job.result or {}
    if job.error:
        yield job.error
    elif result:
        yield from _results(job.kind, result)
    if job.ended_at is not None:
        seconds = (job.ended_at - job.created_at).total_seconds()
        yield _("%(seconds)s s") % {"seconds": f"{seconds:.0f}"}


def _results(kind: str, result: Mapping[str, object]) -> Iterable[str]:
    if "touched" in result:
        yield _("%(n)s inquiries touched") % {"n": f"{_number(result, 'touched'):,}"}
    elif kind == "jury":
        yield _("%(n)s inquiries queued") % {"n": f"{_number(result, 'queued'):,}"}
    elif kind == "freeze":
        yield _("Release %(n)s") % {"n": result.get("release", "")}
    elif kind in {"redecide", "roll_back", "set_aside"}:
        yield from _decided(kind, result)
    elif kind == "refit":
        yield _("%(n)s fits proposed") % {"n": _number(result, "proposed")}
    elif kind == "whatif":
        yield _("%(n)s units") % {"n": f"{_number(result, 'units'):,}"}
    else:
        yield from _rows(result)


def _decided(kind: str, result: Mapping[str, object]) -> Iterable[str]:
    if kind == "roll_back":
        yield _("%(n)s decisions restored") % {"n": f"{_number(result, 'restored'):,}"}
        return
    for key, text in (
        ("settled", _("%(n)s settled")),
        ("reannotate", _("%(n)s to label again")),
        ("adjudicate", _("%(n)s to a lead")),
        *((("seats_opened", _("%(n)s seats opened")),) if kind == "set_aside" else ()),
    ):
        yield text % {"n": f"{_number(result, key):,}"}


def _rows(result: Mapping[str, object]) -> Iterable[str]:
    rows = _number(result, "rows")
    imported = _number(result, "imported")
    yield ngettext("%(n)s row", "%(n)s rows", rows) % {"n": f"{rows:,}"}
    yield _("%(n)s imported") % {"n": f"{imported:,}"}
    words = {
        "already_present": _("%(n)s already present"),
        "id_reused": _("%(n)s with a reused id"),
        "duplicate_text": _("%(n)s with a known text"),
        "raters": _("%(n)s raters"),
        "rejected": _("%(n)s rejected"),
    }
    for key, text in words.items():
        if found := _number(result, key):
            yield text % {"n": f"{found:,}"}


def _number(result: Mapping[str, object], key: str) -> int:
    return cast("int", result.get(key) or 0)
