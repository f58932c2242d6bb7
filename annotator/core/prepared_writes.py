"""The hottest writes, compiled once, as `prepared` does for reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model, QuerySet
from django.db.models.sql import UpdateQuery
from psycopg.types.json import Jsonb

from annotator.core.statements import (
    SMALL,
    Compiled,
    database_in_use,
    keeps_statements,
    open_cursor,
    places_of,
    sized,
    written_out,
)

Value = int | str | float | datetime | list[int] | tuple[int, ...]

LONG_AGO: Final = datetime(1900, 1, 1, tzinfo=UTC)
FEW: Final = 4
"""Ids of an UPDATE, or rows of an INSERT, up to which the SQL is worth keeping."""


class PreparedUpdate:
    """An UPDATE as a function of named values: `build` returns the rows and what they get.

    A tuple of ids is one more statement for each length up to a few, a list is a value of JSON.
    Where nothing is kept (SQLite), or for many ids, it is the plain update of these rows.
    """

    def __init__(
        self, build: Callable[..., tuple[QuerySet[Any, Any], Mapping[str, object]]]
    ) -> None:
        self._build = build
        self._compiled: dict[tuple[int, ...], Compiled] = {}

    def __call__(self, **given: Value) -> int:
        """Write; return how many rows there were."""
        lengths = tuple(len(value) for value in given.values() if isinstance(value, tuple))
        database = database_in_use()
        if not keeps_statements(database) or not all(0 < length <= FEW for length in lengths):
            rows, values = self._build(**given)
            return rows.update(**values)
        if lengths not in self._compiled:
            self._compiled[lengths] = self._compile(database, given)
        compiled = self._compiled[lengths]
        with open_cursor(database) as cursor:
            cursor.execute(compiled.sql, sized(compiled.parameters(_flat(given))))
            return int(cursor.rowcount)

    def _compile(self, database: BaseDatabaseWrapper, given: Mapping[str, Value]) -> Compiled:
        flat = _flat(given)
        stand_ins = {name: _stand_in(n, value) for n, (name, value) in enumerate(flat.items())}
        arguments: dict[str, object] = {}
        for name, value in given.items():
            if isinstance(value, tuple):
                arguments[name] = [stand_ins[f"{name}.{n}"] for n in range(len(value))]
            else:
                arguments[name] = stand_ins[name]
        rows, values = self._build(**arguments)
        query = cast("UpdateQuery", rows.query.chain(UpdateQuery))
        query.add_update_values(dict(values))
        sql, parameters = query.get_compiler(connection=database).as_sql()
        plain = [value.obj if isinstance(value, Jsonb) else value for value in parameters]
        names: dict[object, str] = {stand_in: name for name, stand_in in stand_ins.items()}
        return written_out(database, sql, parameters, places_of(plain, names, flat))


def _flat(given: Mapping[str, Value]) -> dict[str, object]:
    """Return values by name, each id of a tuple by a name of its own."""
    flat: dict[str, object] = {}
    for name, value in given.items():
        if isinstance(value, tuple):
            flat |= {f"{name}.{n}": each for n, each in enumerate(value)}
        else:
            flat[name] = Jsonb(value) if isinstance(value, list) else value
    return flat


def _stand_in(number: int, value: object) -> int | str | float | datetime:
    if isinstance(value, str | Jsonb):
        return f"\x1e{number}"
    if isinstance(value, datetime):
        return LONG_AGO + timedelta(days=number)
    return SMALL + number + (0.5 if isinstance(value, float) else 0)


class PreparedInsert:
    """The INSERT of a few new rows of a model; many go by `bulk_create`."""

    def __init__(self, model: type[Model]) -> None:
        self._model = model
        self._fields = [
            field
            for field in model._meta.concrete_fields  # noqa: SLF001 - Django documents it
            if not field.primary_key
        ]
        self._columns = [str(field.column) for field in self._fields]
        self._sql: dict[int, str] = {}

    def __call__(self, rows: Sequence[Model]) -> None:
        """Write the rows; they have their keys afterwards."""
        if not rows:
            return
        database = database_in_use()
        if len(rows) > FEW or not keeps_statements(database):
            self._model._default_manager.bulk_create(rows, batch_size=500)  # noqa: SLF001 - Django documents it
            return
        if len(rows) not in self._sql:
            self._sql[len(rows)] = self._statement(database, len(rows))
        with open_cursor(database) as cursor:
            cursor.execute(self._sql[len(rows)], sized(self._values(database, rows)))
            keys = cursor.fetchall()
        for row, (key,) in zip(rows, keys, strict=True):
            row.pk = key
            row._state.adding = False  # noqa: SLF001 - Django documents it
            row._state.db = database.alias  # noqa: SLF001 - Django documents it

    def _statement(self, database: BaseDatabaseWrapper, count: int) -> str:
        quote, meta = database.ops.quote_name, self._model._meta  # noqa: SLF001 - Django documents it
        columns = ", ".join(quote(column) for column in self._columns)
        row = f"({', '.join(['%s'] * len(self._fields))})"
        key = quote(str(meta.pk.column))
        head = f"INSERT INTO {quote(meta.db_table)} ({columns}) VALUES "  # noqa: S608 - names of our own models
        return f"{head}{', '.join([row] * count)} RETURNING {key}"

    def _values(self, database: BaseDatabaseWrapper, rows: Sequence[Model]) -> Iterator[object]:
        for row in rows:
            for field in self._fields:
                value = field.pre_save(row, add=True)
                yield field.get_db_prep_save(value, connection=database)
