"""Files that people send: stored under a random name below CONCORD_HOME, never served."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Final
from uuid import uuid4

from django.conf import settings

from annotator.core.errors import TooLarge
from annotator.intake.readers import format_of

DEFAULT_MAX_BYTES: Final = 2 * 1024**3
MAX_FILENAME: Final = 255
FOLDER: Final = "uploads"


@dataclass(frozen=True, slots=True)
class Upload:
    """A stored file: where it lies below CONCORD_HOME, and what its sender called it."""

    path: str
    filename: str
    size: int

    @property
    def absolute(self) -> Path:
        """Where it lies."""
        return Path(settings.CONCORD_HOME) / self.path


def max_bytes() -> int:
    """Return how large an upload may be (the setting UPLOAD_MAX_BYTES, 2 GiB by default)."""
    return int(getattr(settings, "UPLOAD_MAX_BYTES", DEFAULT_MAX_BYTES))


def display_name(given: str) -> str:
    r"""Return a file's own name without any path, control characters or undue length.

    >>> display_name("..\\..\\items.csv")
    'items.csv'
    """
    name = PureWindowsPath(PurePosixPath(given).name).name
    clean = "".join(char for char in name if char.isprintable())
    return clean[-MAX_FILENAME:] or "upload"


def store(chunks: Iterable[bytes], *, filename: str) -> Upload:
    """Write a file's chunks to disk and return where it lies.

    Only the suffix of `filename` is used in the stored name, and only one that can be read.

    Raises:
        Unreadable: The suffix names no format that can be imported.
        TooLarge: It is larger than the limit; nothing stays.
    """
    name = display_name(filename)
    suffix = format_of(Path(name))
    packed = ".gz" if name.lower().endswith(".gz") else ""
    folder = Path(settings.CONCORD_HOME) / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / f"{uuid4().hex}{suffix}{packed}"
    try:
        size = _write(target, chunks, max_bytes())
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return Upload(path=f"{FOLDER}/{target.name}", filename=name, size=size)


def _write(target: Path, chunks: Iterable[bytes], limit: int) -> int:
    size = 0
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > limit:
                message = f"The file is larger than {limit:,} bytes."
                raise TooLarge(message, fields={"file": message})
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return size
