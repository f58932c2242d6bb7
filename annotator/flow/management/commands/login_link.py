"""`login_link`: a one-time link that signs a person in, for whoever runs the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from annotator.accounts.queries import actor_by_username
from annotator.accounts.services import issue_link
from annotator.flow.console import ConsoleCommand, Outcome


class Command(ConsoleCommand):
    """Prints a link that works once, within seven days."""

    help = "Print a one-time link that signs a person in."

    def arguments(self, parser: CommandParser) -> None:
        """Add the person."""
        parser.add_argument("username")

    def perform(self, options: Mapping[str, Any]) -> Outcome:
        """Issue the link."""
        person = actor_by_username(options["username"])
        url = f"{settings.PUBLIC_URL}/enter/{issue_link(person_id=person.id, purpose='login')}"
        return Outcome({"username": person.username, "url": url}, url)
