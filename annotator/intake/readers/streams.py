"""Bytes in: plain or gzipped, counted while they are unpacked, cut into lines of bounded length."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast

from annotator.core.errors import TooLarge, Unreadable
from annotator.intake.readers.rows import MIB, Limits, RowError

SPACE: Final = b" \t\r\n"
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Survey:
    """What one look over a file tells: its digest as given, and its size and lines unpacked.

    `first` and `last` are its first and last bytes that are no space, unpacked.
    """

    sha256: str
    size: int
    unpacked: int
    lines: int
    first: bytes
    last: bytes


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading bytes, unpacking .gz; raises Unreadable for what is damaged."""
    try:
        with path.open("rb") as raw:
            if path.suffix.lower() == ".gz":
                with gzip.GzipFile(fileobj=raw) as unpacked:
                    yield cast("BinaryIO", unpacked)
            else:
                yield raw
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        message = f"{path.name}: is not a whole gzip file ({error})."
        raise Unreadable(message) from error
    except OSError as error:
        message = f"{path.name}: cannot be read ({error.strerror or error})."
        raise Unreadable(message) from error


def look_over(path: Path, bounds: Limits) -> Survey:
    """Return a file's digest and sizes, reading it through once.

    Raises:
        Unreadable: It cannot be opened, is damaged, or is UTF-16.
        TooLarge: It unpacks to more than the limit.
    """
    digest = hashlib.sha256()
    size = 0
    with _raw(path) as raw:
        while block := raw.read(bounds.block_bytes):
            digest.update(block)
            size += len(block)
    unpacked = lines = 0
    first = last = b""
    end = b"\n"
    for block in blocks(path, bounds):
        unpacked += len(block)
        lines += block.count(b"\n")
        end = block[-1:]
        words = block.strip(SPACE)
        first, last = first or words[:1], words[-1:] or last
    lines += end != b"\n"
    return Survey(digest.hexdigest(), size, unpacked, lines, first, last)


@contextmanager
def _raw(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as raw:
            yield raw
    except OSError as error:
        message = f"{path.name}: cannot be read ({error.strerror or error})."
        raise Unreadable(message) from error


def blocks(path: Path, limits: Limits) -> Iterator[bytes]:
    """Yield the unpacked bytes, without a UTF-8 byte order mark, up to the cap."""
    total = 0
    with opened(path) as stream:
        while block := stream.read(limits.block_bytes):
            if not total:
                if block.startswith(_UTF16):
                    message = f"{path.name}: line 1: is UTF-16. Save it as UTF-8."
                    raise Unreadable(message)
                block = block.removeprefix(codecs.BOM_UTF8)
            total += len(block)
            if total > limits.unpacked_bytes:
                message = f"{path.name}: unpacks to more than {limits.unpacked_bytes // MIB} MiB."
                raise TooLarge(message)
            yield block


def lines(path: Path, limits: Limits) -> Iterator[tuple[int, bytes | RowError]]:
    """Yield (line number, the line with its end), or an error for a line over the cap.

    Lines end at LF; an overlong one is skipped without being held.
    """
    number = 1
    held = b""
    skipping = False
    for block in blocks(path, limits):
        pieces = (held + block).split(b"\n")
        held = pieces.pop()
        for piece in pieces:
            if skipping or len(piece) > limits.line_bytes:
                yield number, _too_long(number, limits)
                skipping = False
            else:
                yield number, piece + b"\n"
            number += 1
        if len(held) > limits.line_bytes:
            skipping, held = True, b""
    if skipping:
        yield number, _too_long(number, limits)
    elif held:
        yield number, held


def _too_long(number: int, limits: Limits) -> RowError:
    message = f"The line is longer than {limits.line_bytes:,} bytes."
    return RowError(number, "", "line_too_long", message)
