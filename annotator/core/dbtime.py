"""The database's clock: leases compare against it, so that no machine's clock can steal a seat."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connection


def now() -> datetime:
    """Return the database's current time, aware, in UTC."""
    postgres = connection.vendor == "postgresql"
    sql = (
        "SELECT clock_timestamp()"
        if postgres
        else "SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        row = cursor.fetchone()
    value = row[0] if row else None
    if isinstance(value, str):
        return datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    raise TypeError(value)
