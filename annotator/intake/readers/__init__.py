"""Files in: JSON lines, a JSON array, CSV (each also gzipped) and Parquet, one row at a time.

Nothing here holds a file in memory: a line, an array element or a CSV field is at most 1 MiB, an
unpacked file at most `Limits.unpacked_bytes`. What does not fit is a `RowError` with its line and
reading goes on; only a file that cannot be read as a whole raises `Unreadable` or `TooLarge`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from annotator.core.errors import Unreadable
from annotator.intake.readers.arrays import array_rows, check_whole
from annotator.intake.readers.columnar import parquet_rows
from annotator.intake.readers.lines import json_lines
from annotator.intake.readers.rows import MIB, Limits, Row, RowError
from annotator.intake.readers.streams import Survey, look_over
from annotator.intake.readers.tables import csv_rows

__all__ = [
    "FORMATS",
    "MIB",
    "Limits",
    "Row",
    "RowError",
    "Survey",
    "format_of",
    "read_rows",
    "survey",
]

Reader = Callable[[Path, Limits], Iterator[Row | RowError]]

FORMATS: dict[str, Reader] = {
    ".jsonl": json_lines,
    ".ndjson": json_lines,
    ".json": array_rows,
    ".csv": csv_rows,
    ".parquet": parquet_rows,
}


def format_of(path: Path) -> str:
    """Return the suffix that chooses the reader, without `.gz`; raises Unreadable."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    suffix = suffixes[-1] if suffixes else ""
    if suffix == ".gz":
        suffix = suffixes[-2] if len(suffixes) > 1 else ""
        if suffix == ".parquet":
            raise Unreadable("Parquet is packed already: give the file without .gz.")
    if suffix not in FORMATS:
        message = (
            f"{path.name}: the suffix says neither of {', '.join(FORMATS)}"
            " (all but .parquet also with .gz)."
        )
        raise Unreadable(message)
    return suffix


def survey(path: Path, limits: Limits | None = None) -> Survey:
    """Return a file's digest and sizes, reading it through once before anything is written.

    Raises:
        Unreadable: It cannot be opened, is damaged or cut off, or is UTF-16.
        TooLarge: It unpacks to more than the limit.
    """
    seen = look_over(path, limits or Limits())
    if format_of(path) == ".json":
        check_whole(path, seen)
    return seen


def read_rows(path: Path, limits: Limits | None = None) -> Iterator[Row | RowError]:
    """Yield a file's rows in order, and an error for each row that cannot be read.

    Raises:
        Unreadable: The file as a whole cannot be read: suffix, encoding, header, damage.
        TooLarge: It unpacks to more than the limit.
    """
    return FORMATS[format_of(path)](path, limits or Limits())
