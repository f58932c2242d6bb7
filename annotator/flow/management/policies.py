"""What the policy commands share: options from the command line."""

from __future__ import annotations

import json
from collections.abc import Sequence

from django.core.management.base import CommandParser

from annotator.core.errors import Invalid


def policy_arguments(parser: CommandParser, *, required: bool = True) -> None:
    """Add the project, the policy and its options."""
    parser.add_argument("--project", required=True, metavar="P")
    parser.add_argument("--policy", required=required, metavar="NAME")
    parser.add_argument(
        "--option",
        nargs="+",
        action="extend",
        default=[],
        metavar="K=V",
        help="an option of the policy; a value that is JSON is read as such",
    )


def options_from(words: Sequence[str]) -> dict[str, object]:
    """Return options written as name=value; raises Invalid."""
    found: dict[str, object] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or not name.strip():
            message = f"{word!r} is no option; write NAME=VALUE."
            raise Invalid(message, fields={"option": message})
        try:
            found[name.strip()] = json.loads(text)
        except ValueError:
            found[name.strip()] = text
    return found
