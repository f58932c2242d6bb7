"""The counts behind agreement made anew, beside everybody who votes and folds."""

from __future__ import annotations

import time
from typing import Final

from annotator.audit import services as audit
from annotator.catalog.queries import ProjectView
from annotator.core.errors import Conflict
from annotator.flow.progress import SILENT, Progress
from annotator.quality import counts

PATIENCE_SECONDS: Final = 60.0
PAUSE_SECONDS: Final = 0.2


def recount(project: ProjectView, *, progress: Progress = SILENT) -> int:
    """Make a project's counts anew of its votes; return how many pending changes went into them.

    On PostgreSQL nobody who votes waits, and what is voted meanwhile is counted afterwards; on
    SQLite who writes waits until it is over. Raises Conflict while others fold without a pause.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while (taken := counts.rebuild(project, step=progress.step)) is None:
        if time.monotonic() > until:
            raise Conflict("The counts are folded without a pause. Try again later.")
        time.sleep(PAUSE_SECONDS)
    audit.record(
        verb="counts.rebuilt",
        subject=f"project:{project.id}",
        actor=None,
        project=project.id,
        data={"pending": taken},
    )
    return taken
