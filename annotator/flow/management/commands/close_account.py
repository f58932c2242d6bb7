"""`close_account USERNAME`: ends an account, or opens it again, for whoever runs the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from annotator.flow.closing import close_account, reopen_account
from annotator.flow.console import ConsoleCommand, Outcome


class Command(ConsoleCommand):
    """Signs a person out everywhere and gives back what they hold; what they did stays."""

    help = "Close a person's account: sessions, tokens and leases end; what they did stays."

    def arguments(self, parser: CommandParser) -> None:
        """Add the person, and the way back."""
        parser.add_argument("username")
        parser.add_argument("--reopen", action="store_true", help="open it again; prints a link")

    def perform(self, options: Mapping[str, Any]) -> Outcome:
        """Close or reopen the account."""
        username = options["username"]
        if options["reopen"]:
            url = reopen_account(username)
            return Outcome({"username": username, "url": url}, url)
        closed = close_account(username)
        words = (
            f"The account of {username} is closed. Tokens ended: {closed.tokens}."
            f" Items returned: {closed.seats}."
        )
        result = {"username": username, "tokens": closed.tokens, "seats": closed.seats}
        return Outcome(result, words)
