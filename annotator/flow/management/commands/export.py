"""`export`: a release rendered into a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotator.catalog.queries import project_by_slug
from annotator.flow.console import ConsoleCommand, Outcome
from annotator.flow.releases import export, formats, parse_reference


class Command(ConsoleCommand):
    """Renders a release: never the live tables."""

    help = "Render a release into a file."

    def arguments(self, parser: CommandParser) -> None:
        """Add the release, the format, the shape and the place."""
        parser.add_argument("release", metavar="P/N")
        parser.add_argument("--format", default="jsonl", help=", ".join(formats()))
        parser.add_argument("--shape", default=None, help="units, items or votes")
        parser.add_argument("-o", "--output", required=True, type=Path, metavar="PATH")

    def perform(self, options: Mapping[str, Any]) -> Outcome:
        """Render."""
        slug, number = parse_reference(options["release"])
        output: Path = options["output"]
        made = export(
            project_by_slug(slug).id,
            number,
            format_key=options["format"],
            shape=options["shape"],
            output=output,
        )
        result = {
            "release": options["release"],
            "format": made.format,
            "shape": made.shape,
            "path": str(output),
            "rows": made.rows,
            "bytes": made.bytes,
            "sha256": made.sha256,
        }
        return Outcome(result, f"{output}  {made.rows} rows  sha256 {made.sha256}")
