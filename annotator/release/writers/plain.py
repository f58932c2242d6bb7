"""JSONL, never altered, and CSV, made safe for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Final

from annotator.core.digests import canonical
from annotator.release.canonical import HashedFile
from annotator.release.writers.shapes import Table

# What a spreadsheet takes for a formula (OWASP, CSV injection).
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_SEPARATOR: Final = "|"
_CRLF: Final = "\r\n"


def write_jsonl(table: Table, names: Mapping[str, str], file: HashedFile) -> None:
    """Write one JSON object a line, in the order of the columns."""
    for row in table.rows():
        file.row({column: row[column] for column in table.columns})


def write_csv(table: Table, names: Mapping[str, str], file: HashedFile) -> None:
    """Write a header and the rows: LF, quoted where needed, no cell that starts a formula."""
    file.write(_line(list(table.columns)))
    for row in table.rows():
        file.write(_line([cell(row[column]) for column in table.columns]), rows=1)


def cell(value: object) -> str:
    r"""Return a value as a CSV cell.

    None is empty, lists of ids are joined by `|`, other structures are canonical JSON.

    >>> cell("=1+1"), cell(None), cell(True), cell(["a", "b"])
    ("'=1+1", '', 'true', 'a|b')
    """
    text = _text(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return _SEPARATOR.join(value)
    return repr(value) if isinstance(value, float) else canonical(value)


def _line(cells: list[str]) -> str:
    buffer = io.StringIO()
    # Told of LF alone, the writer leaves a lone CR unquoted, which readers take for a line's end.
    csv.writer(buffer, lineterminator=_CRLF).writerow(cells)
    return buffer.getvalue().removesuffix(_CRLF) + "\n"
