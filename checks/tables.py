"""The tables of a page, read as a person reads them: caption, column heads, rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

from checks.client import CheckError

Row = Mapping[str, str]
"""A row's cells by the head of their column."""

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_SILENT = frozenset({"svg", "script", "style"})


@dataclass(slots=True)
class Table:
    """One table, its texts with single spaces."""

    caption: str = ""
    heads: list[str] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)

    def rows(self) -> Iterator[Row]:
        """Yield the rows of the body."""
        for cells in self.cells:
            if cells:
                yield dict(zip(self.heads, cells, strict=False))

    def row(self, name: str) -> Row:
        """Return the row whose first cell names this; raises CheckError if there is none."""
        for row in self.rows():
            if name in next(iter(row.values())):
                return row
        message = f"the table “{self.caption}” has no row of {name}"
        raise CheckError(message)


class _Reader(HTMLParser):
    """Collects a page's tables."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[Table] = []
        self._words: list[str] = []
        self._silent = 0
        self._in_head = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag == "table":
            self.tables.append(Table())
        elif tag == "thead":
            self._in_head = True
        elif tag == "tr" and self.tables and not self._in_head:
            self.tables[-1].cells.append([])
        elif tag in {"th", "td", "caption"}:
            self._words = []
        elif tag in {"small", "span", "br"}:
            self._words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent -= 1
        elif tag == "thead":
            self._in_head = False
        elif not self.tables:
            return
        elif tag == "caption":
            self.tables[-1].caption = self._text()
        elif tag in {"th", "td"} and self._in_head:
            self.tables[-1].heads.append(self._text())
        elif tag in {"th", "td"} and self.tables[-1].cells:
            self.tables[-1].cells[-1].append(self._text())

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._words.append(data)

    def _text(self) -> str:
        return " ".join("".join(self._words).split())


def table(page: str, caption: str) -> Table:
    """Return the table of a page with this caption; raises CheckError if there is none."""
    reader = _Reader()
    reader.feed(page)
    for found in reader.tables:
        if found.caption == caption:
            return found
    known = [found.caption for found in reader.tables]
    message = f"no table “{caption}” among {known}"
    raise CheckError(message)


def cell(row: Row, head: str) -> str:
    """Return the cell under this head, or one that starts so; raises CheckError."""
    if head in row:
        return row[head]
    for name, text in row.items():
        if name.startswith(head):
            return text
    message = f"no column “{head}” among {list(row)}"
    raise CheckError(message)


def numbers(text: str) -> list[float]:
    """Return the numbers in a text, in order."""
    return [float(found) for found in _NUMBER.findall(text.replace(",", ""))]


def number(row: Row, head: str) -> float:
    """Return the first number of a cell; raises CheckError if it has none."""
    found = numbers(cell(row, head))
    if not found:
        message = f"no number under “{head}”: {cell(row, head)!r}"
        raise CheckError(message)
    return found[0]
