"""Where rejected rows are explained: JSON lines, made when the first one comes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from django.conf import settings

from annotator.core.errors import Invalid
from annotator.intake.readers import RowError


@dataclass(slots=True)
class ErrorsFile:
    """JSON lines of {line, field, code, message}."""

    path: Path
    made_anyway: bool = False
    _stream: TextIO | None = None

    def write(self, errors: Sequence[RowError]) -> None:
        """Append errors; each call is flushed, so that an interrupted import shows what it saw."""
        if self._stream is None and (errors or self.made_anyway):
            self._stream = self._opened()
        if self._stream is None:
            return
        for error in errors:
            self._stream.write(json.dumps(error.to_document(), ensure_ascii=False) + "\n")
        self._stream.flush()

    def _opened(self) -> TextIO:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return self.path.open("w", encoding="utf-8", newline="\n")
        except OSError as error:
            message = f"The errors file {self.path} cannot be written ({error.strerror})."
            raise Invalid(message, fields={"errors": message}) from error

    @property
    def shown(self) -> str | None:
        """The path as reports show it, None if no file was made."""
        return str(self.path) if self._stream else None

    def close(self) -> None:
        """Close the file."""
        if self._stream:
            self._stream.close()


def default_errors_path(name: str) -> Path:
    """Return where an import's errors go unless somebody chose another place."""
    return Path(settings.CONCORD_HOME) / "imports" / f"{name}-errors.jsonl"


@contextmanager
def errors_file(path: Path, *, made_anyway: bool) -> Iterator[ErrorsFile]:
    """Open the file that rejected rows go to; unless `made_anyway` with its first row only.

    Raises Invalid when it cannot be written.
    """
    errors = ErrorsFile(path, made_anyway=made_anyway)
    try:
        errors.write([])
        yield errors
    finally:
        errors.close()
