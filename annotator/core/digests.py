"""Canonical JSON and SHA-256: the same evidence always has the same digest."""

from __future__ import annotations

import hashlib
import json


def canonical(value: object) -> str:
    """Return `value` as JSON with sorted keys, no spaces and unescaped Unicode."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def sha256_text(text: str) -> str:
    """Return the hexadecimal SHA-256 of `text` in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def sha256_json(value: object) -> str:
    """Return the hexadecimal SHA-256 of `value` in canonical JSON."""
    return sha256_text(canonical(value))


def ring_position(*parts: object) -> int:
    """Return a place on the shuffle ring, 0 … 2**31 - 1, that depends on `parts` alone."""
    joined = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(joined.encode()).digest()[:4], "big") >> 1
