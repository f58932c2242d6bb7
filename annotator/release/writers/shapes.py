"""The three shapes of a release: its units, its votes, its items (units side by side)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final, Literal, cast

from annotator.release.rows import Row

Shape = Literal["units", "items", "votes"]

SHAPES: Final[tuple[Shape, ...]] = ("units", "items", "votes")
UNITS_FILE: Final = "units.jsonl"
VOTES_FILE: Final = "votes.jsonl"
TAXONOMY_FILE: Final = "taxonomy.json"

_OF_ITEM: Final = (
    "id",
    "prompt",
    "response",
    "messages",
    "taxonomy",
    "taxonomy_version",
    "model",
    "redacted",
)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one shape with their columns; the rows can be read again."""

    shape: Shape
    columns: tuple[str, ...]
    source: Path
    targets: tuple[str, ...] = ()

    def rows(self) -> Iterator[Row]:
        """Yield the rows in their order."""
        found = read_rows(self.source)
        return _items(found, self.targets) if self.shape == "items" else found


def table(folder: Path, shape: Shape, columns: Mapping[str, tuple[str, ...]]) -> Table:
    """Return a release's table in a shape; `columns` are those of its units and votes."""
    if shape != "items":
        source = UNITS_FILE if shape == "units" else VOTES_FILE
        return Table(shape, columns[shape], folder / source)
    targets = tuple(sorted({str(row["target"]) for row in read_rows(folder / UNITS_FILE)}))
    own = _own(columns["units"])
    names = (f"{target}_{column}" for target in targets for column in own)
    return Table(shape, (*_OF_ITEM, *names), folder / UNITS_FILE, targets)


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a canonical file, one at a time."""
    with path.open(encoding="utf-8", newline="\n") as stream:
        for line in stream:
            yield cast("Row", json.loads(line))


def _own(columns: Iterable[str]) -> tuple[str, ...]:
    return tuple(column for column in columns if column not in _OF_ITEM and column != "target")


def _items(rows: Iterable[Row], targets: tuple[str, ...]) -> Iterator[Row]:
    """Yield one row an item. Ids may be reused, so units belong together by id and messages."""
    for _, same_id in groupby(rows, key=lambda row: row["id"]):
        found: list[tuple[object, dict[str, Row]]] = []
        for row in same_id:
            target = str(row["target"])
            home = next(
                (units for text, units in found if text == row["messages"] and target not in units),
                None,
            )
            if home is None:
                home = {}
                found.append((row["messages"], home))
            home[target] = row
        for _, units in found:
            yield _item(units, targets)


def _item(units: Mapping[str, Row], targets: tuple[str, ...]) -> Row:
    first = next(iter(units.values()))
    whole: Row = {column: first[column] for column in _OF_ITEM}
    for target in targets:
        unit = units.get(target)
        for column in _own(first):
            whole[f"{target}_{column}"] = unit[column] if unit else None
    return whole
