"""`ask_jury`: queue opinions, and wait for them."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from annotator.catalog.queries import ProjectView, project_by_slug
from annotator.core.errors import Conflict
from annotator.flow.console import ConsoleCommand, Outcome
from annotator.flow.jury import ask
from annotator.flow.tasks import PUMP, advance_due
from annotator.panel import permits, queries, queue

ROUND_SECONDS = 5.0
PAUSE_SECONDS = 0.5


class Command(ConsoleCommand):
    """Asks every juror that has not been asked; what was asked already is left alone."""

    help = "Queue opinions of the jury; with --wait, ask until all inquiries ended."

    def arguments(self, parser: CommandParser) -> None:
        """Add project, juror and waiting."""
        parser.add_argument("--project", required=True, metavar="P")
        parser.add_argument("--juror", metavar="J", help="only this juror")
        parser.add_argument("--wait", action="store_true", help="until all inquiries ended")
        parser.add_argument("--retry-failed", action="store_true", help="ask failed ones again")
        parser.add_argument(
            "--accept-unknown-price",
            action="store_true",
            help="ask jurors whose price the project file leaves out",
        )

    def perform(self, options: Mapping[str, Any]) -> Outcome:
        """Queue, and with --wait ask here beside any worker."""
        project = project_by_slug(options["project"])
        juror = options["juror"]
        self._settle_prices(project, juror, accept=options["accept_unknown_price"])
        permits.resume_jurors(project.id, juror=juror)
        queued = ask(project, juror=juror, retry_failed=options["retry_failed"])
        if options["wait"]:
            self._wait(project, juror)
        jurors = queries.progress(project.id)
        left = queries.unfinished(project.id, juror=juror)
        failed = sum(states["failed"] for states in jurors.values())
        result = {"queued": queued, "unfinished": left, "opinions": jurors}
        words = f"{queued} queued, {left} unfinished, {failed} failed."
        trouble = ""
        if options["wait"] and left:
            trouble = f"{left} inquiries wait for a paused juror; see the jury page for the reason."
        elif failed:
            trouble = f"{failed} inquiries failed; --retry-failed asks them again."
        return Outcome(result, words, trouble)

    def _settle_prices(self, project: ProjectView, juror: str | None, *, accept: bool) -> None:
        """See that nobody is asked at an unknown price before somebody said so."""
        names = ", ".join(queries.of_unknown_price(project.id, juror=juror))
        if not names:
            return
        if not accept and sys.stdin.isatty():
            answer = input(f"The price of {names} is unknown. Ask all the same? [y/N] ")
            accept = answer.strip().lower() in {"y", "yes"}
        if not accept:
            message = (
                f"The price of {names} is unknown. Give price_in and price_out in the project "
                "file, or pass --accept-unknown-price."
            )
            raise Conflict(message)
        permits.accept_prices(project.id)

    def _wait(self, project: ProjectView, juror: str | None) -> None:
        total = queries.unfinished(project.id, juror=juror)
        bar = self.progress("asking the jury")
        while left := queries.unfinished(project.id, juror=juror):
            if PUMP.round(ROUND_SECONDS, project.id) is None:
                time.sleep(PAUSE_SECONDS)
            queue.return_expired()
            advance_due()
            bar.step(total - left, total)
            if not queries.waiting_versions(project.id) and not queries.leased(project.id):
                break
        advance_due()
        PUMP.finish()
