"""Files of votes for the statistics: CSV or JSONL (also .gz), `item, rater, label[, kind]`.

Every complaint names the line. Nothing is guessed: an unknown column, a missing field or an
unknown kind is an error.
"""

from __future__ import annotations

import csv
import gzip
import json
import math
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn, TextIO

from annotator.core.errors import Unreadable
from jury.agreement.rows import VoteRow

REQUIRED: Final = ("item", "rater", "label")
OPTIONAL: Final = ("kind",)
KINDS: Final = ("human", "juror")
_LONGEST_FIELD: Final = 10_000_000


def read_votes(path: Path) -> list[VoteRow]:
    """Return the votes of a file, each with the line it starts on.

    The ending tells the form: `.csv` or `.jsonl`, each also with `.gz`.

    Raises:
        Unreadable: When the file cannot be read, naming the line where there is one.
    """
    reader = _READERS.get(Path(path.name.removesuffix(".gz")).suffix.lower())
    if reader is None:
        message = f"{path.name}: votes are read from .csv or .jsonl files (also .gz)"
        raise Unreadable(message)
    try:
        with _open(path) as stream:
            return list(reader(path.name, stream))
    except UnicodeDecodeError as error:
        message = f"{path.name} is not UTF-8 text: {error.reason} at byte {error.start}"
        raise Unreadable(message) from error
    except (OSError, EOFError, zlib.error) as error:
        why = getattr(error, "strerror", None) or str(error)
        message = f"{path.name} cannot be read: {why}"
        raise Unreadable(message) from error


def _open(path: Path) -> TextIO:
    if path.suffix.lower() == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open("rt", encoding="utf-8-sig", newline="")


def _csv_votes(name: str, stream: TextIO) -> Iterator[VoteRow]:
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(stream, strict=True)
    line = 1
    try:
        header = next(reader, None)
        if header is None:
            _refuse(name, line, "the file is empty; it needs the header item,rater,label")
        _check_names(name, line, header)
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) not in {0, len(header)}:
                _refuse(name, line, f"{len(cells)} cells under {len(header)} columns")
            if cells:
                yield _vote(name, line, dict(zip(header, cells, strict=True)))
            line = reader.line_num + 1
    except csv.Error as error:
        _refuse(name, line, str(error))


def _jsonl_votes(name: str, stream: TextIO) -> Iterator[VoteRow]:
    for line, text in enumerate(stream, start=1):
        if not text.strip():
            continue
        try:
            row = json.loads(text, object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            _refuse(name, line, f"not JSON: {error}")
        if not isinstance(row, dict):
            _refuse(name, line, "a vote must be a JSON object")
        _check_names(name, line, row)
        yield _vote(name, line, {key: _text(name, line, key, row[key]) for key in row})


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object's fields; raises ValueError where one occurs twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        message = "a field occurs twice"
        raise ValueError(message)
    return found


def _check_names(name: str, line: int, found: Iterable[str]) -> None:
    names = list(found)
    unknown = sorted(set(names) - {*REQUIRED, *OPTIONAL})
    missing = [field for field in REQUIRED if field not in names]
    if missing:
        _refuse(name, line, f"no {', '.join(missing)}; the fields are item, rater, label[, kind]")
    if unknown:
        _refuse(name, line, f"unknown field {', '.join(map(repr, unknown))}")
    if len(set(names)) < len(names):
        _refuse(name, line, "a column occurs twice")


def _vote(name: str, line: int, row: Mapping[str, str]) -> VoteRow:
    for field in ("item", "rater"):
        if not row[field].strip():
            _refuse(name, line, f"{field} is empty")
    kind = row.get("kind", "human")
    if kind not in KINDS:
        _refuse(name, line, f"kind is {kind!r}; it must be human or juror")
    return VoteRow(row["item"], row["rater"], row["label"].strip(), kind, line)


def _text(name: str, line: int, field: str, value: Any) -> str:  # noqa: ANN401 - any JSON
    if isinstance(value, str):
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            _refuse(name, line, f"{field} holds half of a character (a lone surrogate)")
        return value
    if value is None and field == "label":
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, float) or not math.isfinite(value):
        _refuse(name, line, f"{field} must be text or a number")
    return repr(value)


def _refuse(name: str, line: int, why: str) -> NoReturn:
    message = f"{name}, line {line}: {why}"
    raise Unreadable(message)


_READERS: Final = {".csv": _csv_votes, ".jsonl": _jsonl_votes}
