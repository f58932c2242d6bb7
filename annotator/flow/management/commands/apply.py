"""`apply FILE.toml`: make a project what its file says."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from annotator.core.errors import Unreadable
from annotator.flow.console import ConsoleCommand, Outcome
from annotator.flow.projects import apply, invitations


class Command(ConsoleCommand):
    """Create a project or bring it up to date; a second run changes nothing."""

    help = "Create a project from its file, or bring it up to date."

    def arguments(self, parser: CommandParser) -> None:
        """Add the file."""
        parser.add_argument("file", metavar="FILE.toml", type=Path)

    def perform(self, options: Mapping[str, Any]) -> Outcome:
        """Apply the file and say what changed."""
        path: Path = options["file"]
        document = read_toml(path)
        with transaction.atomic():
            changes = apply(document, folder=path.parent)
            links = invitations(changes)
        lines = [f"{c.what}: {c.before} -> {c.after}" for c in changes] or ["Nothing changed."]
        lines += [f"{username}: {link}" for username, link in links.items()]
        result: dict[str, object] = {"changes": [change.document() for change in changes]}
        if links:
            result["invitations"] = links
        return Outcome(result, words="\n".join(lines))


def read_toml(path: Path) -> dict[str, object]:
    """Return a TOML file as a mapping; raises Unreadable."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror})."
        raise Unreadable(message) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"{path}: is not TOML in UTF-8 ({error})."
        raise Unreadable(message) from error
