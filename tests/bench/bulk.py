"""Tables without their indexes and constraints while many rows are written by SQL."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import sql


def take_constraints(connection: psycopg.Connection, tables: Sequence[str]) -> list[bytes]:
    """Drop the tables' constraints of uniqueness; return what puts them back."""
    rows = connection.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'u' AND conrelid::regclass::text = ANY(%s)",
        [list(tables)],
    ).fetchall()
    put_back = []
    for table, name, definition in rows:
        alter = f'ALTER TABLE "{table}" '
        connection.execute(f'{alter}DROP CONSTRAINT "{name}"'.encode())
        put_back.append(f'{alter}ADD CONSTRAINT "{name}" {definition}'.encode())
    return put_back


def take_indexes(connection: psycopg.Connection, tables: Sequence[str]) -> list[bytes]:
    """Drop what indexes back no constraint, to build them once at the end; return them."""
    rows = connection.execute(
        "SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE i.tablename = ANY(%s)"
        " AND i.indexdef NOT LIKE '%%_pkey%%' AND NOT EXISTS"
        " (SELECT FROM pg_constraint c WHERE c.conname = i.indexname)",
        [list(tables)],
    ).fetchall()
    for name, _ in rows:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    return [definition.encode() for _, definition in rows]
