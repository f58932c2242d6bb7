"""CSV: strict, one header, an empty cell is an absent value."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from annotator.core.errors import Unreadable
from annotator.intake.readers.rows import Limits, Row, RowError
from annotator.intake.readers.streams import lines
from annotator.intake.readers.strict import Strange, decode


class _Lines:
    """Feeds the CSV parser; a bad line raises Strange and the next one can still be read."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._source = lines(path, limits)
        self.number = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        self.number, raw = next(self._source)
        if isinstance(raw, RowError):
            raise Strange(raw.code, raw.message)
        return decode(raw)


def csv_rows(path: Path, limits: Limits) -> Iterator[Row | RowError]:
    """Yield one row a record, as texts by column name; `line` is where the record starts.

    A quote that is never closed ends the reading: nobody can know where the next record begins.
    """
    csv.field_size_limit(limits.line_bytes)
    source = _Lines(path, limits)
    reader = csv.reader(source, strict=True)
    header = _header(path, reader, limits)
    while True:
        line = source.number + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except Strange as error:
            yield error.at(source.number)
            continue
        except csv.Error as error:
            yield _broken(line, source.number, error)
            if _is_unclosed(error):
                return
            continue
        if record:
            yield _row(line, header, record)


def _header(path: Path, reader: Iterator[list[str]], limits: Limits) -> list[str]:
    try:
        header = next((record for record in reader if record), None)
    except (Strange, csv.Error) as error:
        message = f"{path.name}: line 1: the header cannot be read ({error})."
        raise Unreadable(message) from error
    if header is None:
        message = f"{path.name}: is empty."
        raise Unreadable(message)
    if len(header) > limits.columns:
        message = f"{path.name}: has {len(header):,} columns, more than {limits.columns:,}."
        raise Unreadable(message)
    if "" in header:
        message = f"{path.name}: column {header.index('') + 1} has no name."
        raise Unreadable(message)
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        message = f"{path.name}: two columns have the same name: {', '.join(twice)}."
        raise Unreadable(message)
    return header


def _row(line: int, header: list[str], record: list[str]) -> Row | RowError:
    if len(record) != len(header):
        message = f"The row has {len(record):,} fields, the header has {len(header):,}."
        return RowError(line, "", "wrong_columns", message)
    cells = zip(header, record, strict=True)
    return Row(line, {name: cell for name, cell in cells if cell})


def _is_unclosed(error: csv.Error) -> bool:
    words = str(error)
    return "unexpected end" in words or "field larger" in words


def _broken(line: int, last: int, error: csv.Error) -> RowError:
    if _is_unclosed(error):
        message = (
            f"A quote opened here is not closed up to line {last:,}; the rest of the file"
            " was not read."
        )
        return RowError(line, "", "unclosed_quote", message)
    return RowError(line, "", "not_csv", f"Not CSV: {error}.")
