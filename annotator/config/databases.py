"""DATABASE_URL read, and written as Django wants it."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

# Options of libpq that a team may need; anything else in the query is a mistake.
POSTGRES_OPTIONS = frozenset({"sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout"})
GENERIC_PLANS: Final = "-c plan_cache_mode=force_generic_plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Where the rows live; the password never shows in a repr."""

    vendor: Literal["sqlite", "postgresql"]
    name: str
    user: str = ""
    password: str = field(default="", repr=False)
    host: str = ""
    port: str = ""
    options: tuple[tuple[str, str], ...] = ()


def read_database(url: str | None, default: Path) -> Database:
    """Read an address like `postgresql://user:password@host:5432/name` or `sqlite:///file`.

    Args:
        url: the address, or None for the SQLite file at `default`.
        default: the SQLite file of the data folder.

    Returns:
        The database, with percent signs decoded.

    Raises:
        ValueError: says what is wrong, without the address, since that may hold a password.
    """
    if not url:
        return Database(vendor="sqlite", name=str(default))
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(parts)
    if parts.scheme in {"postgresql", "postgres"}:
        return _postgresql(parts)
    message = "is neither postgresql:// nor sqlite:///"
    raise ValueError(message)


def _sqlite(parts: SplitResult) -> Database:
    # sqlite:///relative.db and sqlite:////absolute.db, as everywhere else.
    name = unquote(parts.path[1:])
    if parts.netloc or not name or parts.query:
        message = "an SQLite address is sqlite:///FILE"
        raise ValueError(message)
    return Database(vendor="sqlite", name=str(Path(name).expanduser().absolute()))


def _postgresql(parts: SplitResult) -> Database:
    options = tuple(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted({name for name, _ in options} - POSTGRES_OPTIONS)
    if unknown:
        message = f"unknown option {', '.join(unknown)}"
        raise ValueError(message)
    name = unquote(parts.path.removeprefix("/"))
    if not name or "/" in name:
        message = "names no database"
        raise ValueError(message)
    return Database(
        vendor="postgresql",
        name=name,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        host=unquote(parts.hostname or ""),
        port=str(parts.port or ""),
        options=options,
    )


def make_file(database: Database) -> None:
    """Make an SQLite database's file, readable by its owner only; one that is there stays.

    What cannot be made is left to the first connection, which tells why.
    """
    if database.vendor != "sqlite":
        return
    with suppress(OSError):
        os.close(os.open(database.name, os.O_CREAT | os.O_RDWR, 0o600))


def django_settings(database: Database) -> dict[str, object]:
    """Return the entry of Django's DATABASES.

    SQLite: without WAL together with IMMEDIATE concurrent writers fail at once instead of
    waiting; FULL makes an acknowledged row survive a power cut. PostgreSQL: persistent
    connections with health checks and no pool, since a pool opened before a fork breaks it;
    prepared statements (core.prepared) are planned once, never for what statistics say of the
    values at hand: of somebody new they say that they did nothing.
    """
    if database.vendor == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": database.name,
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database.name,
        "USER": database.user,
        "PASSWORD": database.password,
        "HOST": database.host,
        "PORT": database.port,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **dict(database.options),
            "options": GENERIC_PLANS,
            "prepare_threshold": 0,
        },
    }
