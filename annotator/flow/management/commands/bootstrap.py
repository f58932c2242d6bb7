"""`bootstrap`: the first administrator, once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotator.core.errors import Unreadable
from annotator.flow.console import ConsoleCommand, Outcome
from annotator.flow.projects import first_administrator


class Command(ConsoleCommand):
    """Create the first administrator; refused (exit 4) when there is one."""

    help = "Create the first administrator, once."

    def arguments(self, parser: CommandParser) -> None:
        """Add the name and where the password stands."""
        parser.add_argument("--username", required=True)
        parser.add_argument("--password-file", type=Path, help="else a random one is printed")

    def perform(self, options: Mapping[str, Any]) -> Outcome:
        """Create the person; the random password is shown this once."""
        chosen: Path | None = options["password_file"]
        password = _read(chosen) if chosen else secrets.token_urlsafe(18)
        username = options["username"]
        first_administrator(username=username, password=password, must_change=chosen is None)
        if chosen:
            return Outcome({"username": username}, words=f"Administrator {username} created.")
        words = f"Administrator {username} created. Password, shown this once: {password}"
        return Outcome({"username": username, "password": password}, words=words)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}: the password cannot be read."
        raise Unreadable(message) from error
