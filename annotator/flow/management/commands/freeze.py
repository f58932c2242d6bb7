"""`freeze`: the next release of a project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from annotator.catalog.queries import project_by_slug
from annotator.core.errors import Invalid
from annotator.flow.console import ConsoleCommand, Outcome
from annotator.flow.releases import GATE_NAMES, freeze


class Command(ConsoleCommand):
    """Freezes what is settled into a numbered release."""

    help = "Freeze the next release of a project."

    def arguments(self, parser: CommandParser) -> None:
        """Add the project and the overrides."""
        parser.add_argument("--project", required=True, metavar="P")
        parser.add_argument(
            "--override",
            nargs="+",
            action="extend",
            default=[],
            metavar="GATE=REASON",
            help=f"freeze although this gate is shut ({', '.join(GATE_NAMES)})",
        )

    def perform(self, options: Mapping[str, Any]) -> Outcome:
        """Freeze."""
        project = project_by_slug(options["project"])
        release = freeze(
            project.id,
            actor=None,
            overrides=dict(_override(each) for each in options["override"]),
            progress=self.progress("freezing items"),
        )
        result = {
            "release": release.number,
            "project": project.slug,
            "sha256": release.sha256,
            "folder": str(release.folder),
            "counts": dict(release.counts),
            "gates": list(release.manifest["gates"]),  # type: ignore[call-overload] # JSON
            "files": list(release.files),
        }
        words = f"{project.slug}/{release.number}  sha256 {release.sha256}  {release.folder}"
        return Outcome(result, words)


def _override(text: str) -> tuple[str, str]:
    gate, equals, reason = text.partition("=")
    if not equals:
        message = f"{text!r} is no override; write GATE=REASON."
        raise Invalid(message, fields={"override": message})
    return gate.strip(), reason
