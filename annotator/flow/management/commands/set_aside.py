"""`set_aside`: take one person's or one juror version's answers out, or look what that would do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from annotator.catalog.queries import ProjectView, project_by_slug
from annotator.core.errors import Invalid
from annotator.flow import asides
from annotator.flow.aside_documents import aside_document, preview_document
from annotator.flow.aside_preview import Preview, preview
from annotator.flow.aside_wish import CODES, choice_of, grounds_of, wanted_of
from annotator.flow.console import ConsoleCommand, Outcome
from annotator.quality.queries.aside_views import set_asides
from annotator.quality.queries.runs import unfinished_run


class Command(ConsoleCommand):
    """The answers stay as evidence. What rested on them is decided again; a lead's rulings stay."""

    help = "Take one person's or one juror version's answers out of agreement and rulings."

    def arguments(self, parser: CommandParser) -> None:
        """Add the project, whose answers, the filters, why, and the other things it does."""
        parser.add_argument("--project", required=True, metavar="P")
        parser.add_argument("--person", metavar="PSEUDONYM")
        parser.add_argument("--juror", metavar="J")
        parser.add_argument("--juror-version", dest="version", metavar="N", help="default: current")
        parser.add_argument("--from", metavar="TIME", help="given at it or later")
        parser.add_argument("--until", metavar="TIME", help="given before it")
        parser.add_argument("--import", metavar="N", help="on the items of this import")
        parser.add_argument("--category", metavar="C", help="that name it")
        parser.add_argument("--code", metavar="CODE", help=", ".join(CODES))
        parser.add_argument("--reason", metavar="TEXT", help="in your words")
        parser.add_argument("--preview", action="store_true", help="tell what would change, only")
        parser.add_argument("--list", action="store_true", help="those there are, lifted ones too")
        parser.add_argument(
            "--resume", action="store_true", help="go on with one that was interrupted"
        )

    def perform(self, options: Mapping[str, Any]) -> Outcome:
        """Look, list, go on, or set aside and work the run off here."""
        project = project_by_slug(options["project"])
        if options["list"]:
            found = [aside_document(each) for each in set_asides(project)]
            words = "\n".join(_line(each) for each in found)
            return Outcome({"set_asides": found}, words or "No answers were ever set aside.")
        if options["preview"]:
            seen = preview(project, wanted_of(project, choice_of(options)))
            return Outcome(preview_document(seen), _words(seen))
        run = _unfinished(project) if options["resume"] else self._begun(project, options)
        counts = asides.carry_on(run, progress=self.progress("deciding again"))
        said = ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in counts.items())
        latest = next(iter(set_asides(project)))
        return Outcome({"id": latest.public_id, "run": run, **counts}, f"Decided again: {said}.")

    def _begun(self, project: ProjectView, options: Mapping[str, Any]) -> int:
        grounds = grounds_of(options["code"] or "", options["reason"] or "")
        return asides.begin(project, wanted_of(project, choice_of(options)), grounds).pk


def _unfinished(project: ProjectView) -> int:
    run = unfinished_run(project.id)
    if run is None or run.set_aside is None:
        raise Invalid("No set-aside is unfinished.")
    return run.id


def _line(document: Mapping[str, object]) -> str:
    whose = document["person"] or f"{document['juror']} version {document['version']}"
    state = "in force" if document["in_force"] else "lifted"
    return f"{document['id']}  {whose}: {document['answers']} answers, {document['code']}, {state}"


def _words(seen: Preview) -> str:
    found, effect = seen.covered, seen.effect
    said = f"{found.answers} answers to {found.units} units on {found.items} items."
    if effect is None:
        return said
    return (
        f"{said} Rulings: {effect.fallen} would fall, {effect.changed} change, {effect.same} stay; "
        f"{effect.by_lead} by a lead stay too. Seats that open: {effect.seats} for people, "
        f"{effect.lead_seats} for leads."
    )
