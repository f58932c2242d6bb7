"""Queries that are compiled once: the hottest reads spend most of their time on making their SQL.

A query that runs at every lease and submit is written with the ORM like any other, as a function of
its values; its SQL is made at the first call and used again with other values.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

Given = int | str | Collection[int]
Row = tuple[Any, ...]

SMALL: Final = 32_700
"""Stand-ins for numbers fit the smallest integer column and no constant of a query is one."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    values: tuple[Any, ...]
    places: Mapping[int, str]
    """Which of the values are stand-ins, and for what."""
    converters: Sequence[tuple[int, Sequence[Callable[..., Any]], object]]


class Prepared:
    """A SELECT by `values_list`, as a function of named numbers and texts.

    A collection of ids is compiled for one id, what a person's step asks for; for any other
    number of ids the query is made afresh. A lookup that changes its value (`startswith`) cannot
    be prepared: the first call raises ValueError.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self._build = build
        self._compiled: dict[str, _Compiled] = {}

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
        compiled = self._compiled.get(connection.vendor)
        if compiled is None:
            compiled = self._compiled[connection.vendor] = self._compile(given, values)
        return _run(compiled, values)

    def _compile(self, given: Mapping[str, Given], values: Mapping[str, int | str]) -> _Compiled:
        stand_ins: dict[object, str] = {}
        arguments: dict[str, Given] = {}
        for number, (name, value) in enumerate(values.items()):
            stand_in = SMALL + number if isinstance(value, int) else f"\x1e{number}"
            stand_ins[stand_in] = name
            arguments[name] = stand_in if isinstance(given[name], int | str) else [SMALL + number]
        compiler = self._build(**arguments).query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        places = {
            place: stand_ins[value]
            for place, value in enumerate(parameters)
            if isinstance(value, int | str) and value in stand_ins
        }
        if lost := set(values) - set(places.values()):
            message = f"a lookup changes {', '.join(sorted(lost))}: it cannot be prepared"
            raise ValueError(message)
        chosen = [entry[0] for entry in compiler.select[: compiler.col_count]]
        return _Compiled(
            sql=sql,
            values=tuple(parameters),
            places=places,
            converters=[
                (place, functions, expression)
                for place, (functions, expression) in compiler.get_converters(chosen).items()
            ],
        )


def _run(compiled: _Compiled, values: Mapping[str, int | str]) -> list[Row]:
    parameters = list(compiled.values)
    for place, name in compiled.places.items():
        parameters[place] = values[name]
    with connection.cursor() as cursor:
        cursor.execute(compiled.sql, parameters)
        rows: list[Row] = cursor.fetchall()
    if not compiled.converters:
        return rows
    found = []
    for row in rows:
        columns = list(row)
        for place, functions, expression in compiled.converters:
            for function in functions:
                columns[place] = function(columns[place], expression, connection)
        found.append(tuple(columns))
    return found
