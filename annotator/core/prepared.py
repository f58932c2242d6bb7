"""Queries that are compiled once: the hottest reads spend most of their time on making their SQL.

A query that runs at every lease and submit is written with the ORM like any other, as a function
of its values; its SQL is made at the first call and used again with other values. PostgreSQL
keeps it too, as a prepared statement, and plans it once a connection (config.databases).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

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

Given = int | str | Collection[int]
Row = tuple[Any, ...]


class Prepared:
    """A SELECT by `values_list`, as a function of named numbers and texts.

    A collection of ids is compiled for one id, what a person's step asks for; for any other
    number of ids the query is made afresh. A lookup that changes its value (`startswith`) cannot
    be prepared: the first call raises ValueError.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self._build = build
        self._compiled: dict[str, Compiled] = {}

    def __call__(self, **given: Given) -> list[Row]:
        """Return the rows for these values."""
        values: dict[str, int | str] = {}
        for name, value in given.items():
            if isinstance(value, int | str):
                values[name] = value
            elif len(value) == 1:
                (values[name],) = value
            else:
                return list(self._build(**given))
        database = database_in_use()
        compiled = self._compiled.get(database.vendor)
        if compiled is None:
            compiled = self._compile(database, given, values)
            self._compiled[database.vendor] = compiled
        return _run(database, compiled, values)

    def _compile(
        self,
        database: BaseDatabaseWrapper,
        given: Mapping[str, Given],
        values: Mapping[str, int | str],
    ) -> Compiled:
        stand_ins: dict[object, str] = {}
        arguments: dict[str, Given] = {}
        for number, (name, value) in enumerate(values.items()):
            stand_in = SMALL + number if isinstance(value, int) else f"\x1e{number}"
            stand_ins[stand_in] = name
            arguments[name] = stand_in if isinstance(given[name], int | str) else [SMALL + number]
        compiler = self._build(**arguments).query.get_compiler(connection=database)
        sql, parameters = compiler.as_sql()
        kept = written_out(database, sql, parameters, places_of(parameters, stand_ins, values))
        chosen = [entry[0] for entry in compiler.select[: compiler.col_count]]
        converters = [
            (place, functions, expression)
            for place, (functions, expression) in compiler.get_converters(chosen).items()
        ]
        return Compiled(kept.sql, kept.values, kept.places, converters)


def _run(
    database: BaseDatabaseWrapper, compiled: Compiled, given: Mapping[str, object]
) -> list[Row]:
    parameters = compiled.parameters(given)
    with open_cursor(database) as cursor:
        cursor.execute(
            compiled.sql, sized(parameters) if keeps_statements(database) else parameters
        )
        rows: list[Row] = cursor.fetchall()
    if not compiled.converters:
        return rows
    found = []
    for row in rows:
        columns = list(row)
        for place, functions, expression in compiled.converters:
            for function in functions:
                columns[place] = function(columns[place], expression, database)
        found.append(tuple(columns))
    return found
