"""Canonical files: the same evidence gives the same bytes, whole or not at all.

A folder is written beside its place as `….part`, flushed to the disk, then renamed. Whatever fails
on the way (a full disk too, also at closing) leaves nothing behind and the old state untouched.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from annotator.core.digests import canonical
from annotator.core.errors import Unavailable
from annotator.core.ids import public_id

PART: Final = ".part"
_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file of a release: rows counts lines of data, sha256 is of its bytes."""

    name: str
    rows: int
    bytes: int
    sha256: str

    def document(self) -> dict[str, object]:
        """Return the entry as the manifest holds it."""
        return {"name": self.name, "rows": self.rows, "bytes": self.bytes, "sha256": self.sha256}


@dataclass(slots=True)
class HashedFile:
    """A file being written, with its digest and size kept along."""

    path: Path
    stream: BinaryIO
    rows: int = 0
    bytes: int = 0
    _digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    def write(self, text: str, *, rows: int = 0) -> None:
        """Append text in UTF-8 that holds so many rows of data."""
        data = text.encode()
        self.stream.write(data)
        self._digest.update(data)
        self.bytes += len(data)
        self.rows += rows

    def row(self, document: Mapping[str, object]) -> None:
        """Append one row in canonical JSON."""
        self.write(canonical(document) + "\n", rows=1)

    def entry(self) -> FileEntry:
        """Return name, rows, size and digest of what was written."""
        return FileEntry(self.path.name, self.rows, self.bytes, self._digest.hexdigest())


@contextmanager
def open_hashed(path: Path) -> Iterator[HashedFile]:
    """Open a new file for writing; on leaving it is on the disk. Raises OSError."""
    with path.open("xb") as stream:
        yield HashedFile(path, stream)
        stream.flush()
        os.fsync(stream.fileno())


@contextmanager
def part_folder(parent: Path) -> Iterator[Path]:
    """Make a folder for what is not finished yet; it is gone afterwards unless it was moved.

    Raises Unavailable with the system's reason where the disk refuses.
    """
    folder = parent / f"{public_id()}{PART}"
    with honest_disk():
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def move_into_place(part: Path, place: Path) -> None:
    """Rename a finished folder to its place; one left there by a crash gives way."""
    _sync_folder(part)
    if place.exists():
        shutil.rmtree(place)
    part.replace(place)
    _sync_folder(place.parent)


@contextmanager
def replaced_file(place: Path) -> Iterator[HashedFile]:
    """Write a file beside its place and rename it at the end: complete, or as it was before.

    Raises Unavailable with the system's reason where the disk refuses.
    """
    part = place.with_name(f"{place.name}.{public_id()}{PART}")
    with honest_disk():
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open_hashed(part) as file:
                yield file
            part.replace(place)
            _sync_folder(place.parent)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def honest_disk() -> Iterator[None]:
    """Turn what the disk refuses into an error that says so."""
    try:
        yield
    except OSError as error:
        message = f"Nothing was written: {error.strerror or error}."
        raise Unavailable(message) from error


def sha256_file(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
