"""`openapi`: the description of the HTTP API."""

from __future__ import annotations

from drf_spectacular.management.commands.spectacular import Command as Spectacular


class Command(Spectacular):
    """Prints the OpenAPI document of /api/v1 as YAML, or as JSON with --format openapi-json."""

    help = "Print the OpenAPI document of the HTTP API."
