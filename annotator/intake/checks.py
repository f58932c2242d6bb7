"""A look at a file before it is imported: its columns, its first rows, what is wrong with them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from annotator.core.errors import TooLarge
from annotator.intake.near_duplicates import NearDuplicates
from annotator.intake.queries import known_items
from annotator.intake.readers import MIB, Limits, Row, RowError, read_rows
from annotator.intake.rows import KNOWN, NewItem, Shape, read_item
from annotator.intake.targets import columns_of

LOOK_AT: Final = 1000
LOOK_AT_BYTES: Final = 64 * MIB
SHOWN: Final = 5
ERRORS_SHOWN: Final = 20
SHORT: Final = 300

# Names under which published files carry our fields; only ever suggested.
_USUAL: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("uid", "item_id", "sample_id", "uuid"),
    "prompt": ("instruction", "question", "query", "input", "user", "text"),
    "response": ("answer", "output", "completion", "reply", "assistant"),
    "messages": ("conversation", "conversations", "dialogue", "turns"),
    "system": ("system_prompt", "system_instruction"),
    "model": ("model_name", "generator"),
    "language": ("lang", "locale"),
    "source": ("dataset", "origin"),
    "reconstruction_id": ("reconstruction_id_if_redacted",),
    "response_0": ("response_a", "chosen", "answer_0"),
    "response_1": ("response_b", "rejected", "answer_1"),
}
_PERSONAL: Final = re.compile(
    r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{2,}"
    r"|(?<![\w.])\+?\d[\d ()/.-]{8,18}\d(?![\w.])"
)


@dataclass(frozen=True, slots=True)
class Checks:
    """Counts over the first rows; only `problems` keep rows out.

    Attributes:
        looked_at: How many rows were read.
        good: How many would be imported or are present already.
        problems: Rejected rows by code.
        already_present: Rows whose id and text the project has.
        near_duplicates: Rows nearly the same as one before them.
        personal_data: Rows that hold what looks like an e-mail address or a phone number.
    """

    looked_at: int
    good: int
    problems: Mapping[str, int]
    already_present: int
    near_duplicates: int
    personal_data: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What the data page shows before an import is started."""

    columns: tuple[str, ...]
    sample: tuple[Mapping[str, str], ...]
    suggested: Mapping[str, str]
    fields: tuple[str, ...]
    checks: Checks
    errors: tuple[RowError, ...]


def look(path: Path, *, project_id: int, shape: Shape) -> Preview:
    """Return a preview of a file's first 1,000 rows; raises Unreadable."""
    read = list(islice(_beginning(path), LOOK_AT))
    rows = [entry for entry in read if isinstance(entry, Row)]
    parsed = [read_item(row, shape) for row in rows]
    errors = [entry for entry in (*read, *parsed) if isinstance(entry, RowError)]
    items = [entry for entry in parsed if isinstance(entry, NewItem)]
    columns = tuple(dict.fromkeys(name for row in rows for name in row.data))
    fields = (*KNOWN, *columns_of(shape.targets))
    return Preview(
        columns=columns,
        sample=tuple(
            {name: _short(value) for name, value in row.data.items()} for row in rows[:SHOWN]
        ),
        suggested=suggest(columns, fields),
        fields=fields,
        checks=_checks(project_id, items, errors),
        errors=tuple(sorted(errors, key=lambda error: error.line)[:ERRORS_SHOWN]),
    )


def _beginning(path: Path) -> Iterator[Row | RowError]:
    """Yield a file's rows as far as a page may wait for them."""
    try:
        yield from read_rows(path, Limits(unpacked_bytes=LOOK_AT_BYTES))
    except TooLarge:
        return


def suggest(columns: Sequence[str], fields: Iterable[str]) -> dict[str, str]:
    """Return a mapping of our fields to columns that carry them under another usual name."""
    by_name = {column.casefold(): column for column in columns}
    found: dict[str, str] = {}
    for field in fields:
        if field in columns:
            continue
        usual = (field.casefold(), *_USUAL.get(field, ()))
        column = next((by_name[name] for name in usual if name in by_name), None)
        if column is not None and column not in found.values() and column not in fields:
            found[field] = column
    if "messages" in columns or "messages" in found:
        found.pop("prompt", None)
        found.pop("response", None)
    return found


def _checks(project_id: int, items: Sequence[NewItem], errors: Sequence[RowError]) -> Checks:
    known = known_items(
        project_id, {item.external_id for item in items}, {item.digest for item in items}
    )
    near = NearDuplicates()
    return Checks(
        looked_at=len(items) + len(errors),
        good=len(items),
        problems=dict(sorted(Counter(error.code for error in errors).items())),
        already_present=sum((item.external_id, item.digest) in known for item in items),
        near_duplicates=sum(
            near.add(index, item.text) is not None for index, item in enumerate(items)
        ),
        personal_data=sum(bool(_PERSONAL.search(item.text)) for item in items),
    )


def _short(value: object) -> str:
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= SHORT else text[:SHORT] + "…"
