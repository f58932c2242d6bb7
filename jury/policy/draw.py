"""Which items are drawn at random: by a seed and the item alone, so before any vote was seen."""

from __future__ import annotations

import hashlib


def is_drawn(item: int, *, share: float, seed: int) -> bool:
    """Return whether an item is among the share of all that a seed draws.

    >>> [item for item in range(40) if is_drawn(item, share=0.1, seed=1)]
    [29, 30, 38, 39]
    """
    digest = hashlib.sha256(f"{seed}:{item}".encode()).digest()
    return int.from_bytes(digest[:8]) < share * 2**64
