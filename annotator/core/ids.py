"""Random public ids and secrets: what leaves the house is never a database id."""

from __future__ import annotations

import secrets


def public_id() -> str:
    """Return 22 URL-safe characters (128 random bits); none begins like an option of a command."""
    while (found := secrets.token_urlsafe(16)).startswith("-"):
        pass
    return found


def secret() -> str:
    """Return 43 URL-safe characters (256 random bits), for tokens and one-time links."""
    return secrets.token_urlsafe(32)
