"""Parquet, where the extra `parquet` (pyarrow) is installed."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from annotator.core.errors import Unreadable
from annotator.intake.readers.rows import Limits, Row, RowError
from annotator.intake.readers.strict import Strange, check

_ROWS: Final = 500
_PLAIN: Final = (str, int, bool, type(None))


def parquet_rows(path: Path, limits: Limits) -> Iterator[Row | RowError]:
    """Yield one row a record; `line` is its number, from 1."""
    try:
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        message = "Reading Parquet needs pyarrow: install the extra `parquet`, or give JSONL."
        raise Unreadable(message) from error
    number = 0
    for batch in _batches(parquet, path, limits):
        for data in batch.to_pylist():
            number += 1
            yield _row(number, data, limits)


def _batches(parquet: Any, path: Path, limits: Limits) -> Iterator[Any]:  # noqa: ANN401 - lazy
    try:
        file = parquet.ParquetFile(path)
    except (OSError, ValueError) as error:
        message = f"{path.name}: is not a Parquet file ({error})."
        raise Unreadable(message) from error
    if len(file.schema_arrow.names) > limits.columns:
        message = f"{path.name}: has more than {limits.columns:,} columns."
        raise Unreadable(message)
    try:
        yield from file.iter_batches(batch_size=_ROWS)
    except (OSError, ValueError) as error:
        message = f"{path.name}: is damaged ({error})."
        raise Unreadable(message) from error


def _row(number: int, data: dict[str, object], limits: Limits) -> Row | RowError:
    present = {name: _plain(value) for name, value in data.items() if value is not None}
    try:
        check(present, limits)
    except Strange as error:
        return error.at(number)
    return Row(number, present)


def _plain(value: object) -> object:
    """Return a value as JSON has it; dates, decimals and bytes become text."""
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None  # noqa: PLR0124
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if isinstance(value, _PLAIN) else str(value)
