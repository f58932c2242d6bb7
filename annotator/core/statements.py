"""Statements whose SQL is made once; on PostgreSQL they are prepared, and planned once."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from psycopg import Cursor
from psycopg.sql import Literal
from psycopg.types.numeric import Int8

SMALL: Final = 32_700
"""Stand-ins for numbers fit the smallest integer column and no constant of a query is one."""
PLACES: Final = re.compile("%%|%s")


class KeepingCursor(Cursor[Any]):
    """Lets the server keep each statement."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:  # noqa: ANN401 - the driver's own types
        """Run a statement, keeping it."""
        return super().execute(query, params, **{**options, "prepare": True})


def database_in_use() -> BaseDatabaseWrapper:
    """Return this thread's connection itself: its usual proxy looks it up at every attribute."""
    return connections[DEFAULT_DB_ALIAS]


def keeps_statements(database: BaseDatabaseWrapper) -> bool:
    """Return whether the server keeps statements for its connections: PostgreSQL does."""
    return database.vendor == "postgresql"


def open_cursor(database: BaseDatabaseWrapper) -> CursorWrapper:
    """Return a cursor: on PostgreSQL one whose statements are prepared."""
    if not keeps_statements(database):
        return database.cursor()
    database.close_if_health_check_failed()
    database.ensure_connection()
    cursor: Any = KeepingCursor(database.connection)
    make = database.make_debug_cursor if database.queries_logged else database.make_cursor
    return make(cursor)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement's SQL, and where in its parameters the values of a call go."""

    sql: str
    values: tuple[Any, ...]
    places: Mapping[int, str]
    """Which of the values are stand-ins, and for what."""
    converters: Sequence[tuple[int, Sequence[Callable[..., Any]], object]] = ()

    def parameters(self, given: Mapping[str, object]) -> list[Any]:
        """Return the parameters for these values."""
        parameters = list(self.values)
        for place, name in self.places.items():
            parameters[place] = given[name]
        return parameters


def sized(values: Iterable[Any]) -> list[Any]:
    """Return values with all numbers of one size: another size would be another statement."""
    return [Int8(value) if type(value) is int else value for value in values]


def written_out(
    database: BaseDatabaseWrapper, sql: str, values: Sequence[Any], places: Mapping[int, str]
) -> Compiled:
    """Return a statement; on PostgreSQL with its constants written out.

    Only so can a plan that is made once use an index of open seats for `state = 'open'`.
    """
    if not keeps_statements(database):
        return Compiled(sql, tuple(values), places)
    database.ensure_connection()
    number = iter(range(len(values)))
    left: list[str] = []

    def write(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return found[0]
        place = next(number)
        if place in places:
            left.append(places[place])
            return found[0]
        return Literal(values[place]).as_string(database.connection).replace("%", "%%")

    text = PLACES.sub(write, sql)
    return Compiled(text, (None,) * len(left), dict(enumerate(left)))


def places_of(
    parameters: Sequence[Any], stand_ins: Mapping[object, str], names: Collection[str]
) -> dict[int, str]:
    """Return which parameters stand for what. Raises ValueError for a name that got lost."""
    places = {
        place: stand_ins[value]
        for place, value in enumerate(parameters)
        if isinstance(value, int | str | float | datetime) and value in stand_ins
    }
    if lost := set(names) - set(places.values()):
        message = f"a lookup changes {', '.join(sorted(lost))}: it cannot be prepared"
        raise ValueError(message)
    return places
