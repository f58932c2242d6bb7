"""What readers yield."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one file may make us hold; in bytes and counts."""

    unpacked_bytes: int = 4096 * MIB
    line_bytes: int = MIB
    depth: int = 32
    columns: int = 1000
    block_bytes: int = MIB // 4


@dataclass(frozen=True, slots=True)
class Row:
    """One row and the line it starts on (from 1; in Parquet and in an array the row's number)."""

    line: int
    data: dict[str, object]


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row was not taken: its line, the field (or ""), a stable code and a sentence."""

    line: int
    field: str
    code: str
    message: str

    def to_document(self) -> dict[str, object]:
        """Return the error as the errors file holds it."""
        return {
            "line": self.line,
            "field": self.field,
            "code": self.code,
            "message": self.message,
        }
