"""Train, validation and test: by a hash of the text, so that no text stands in two of them.

Items with equal texts, equal prompts, near-duplicate marks or a common origin are one group, and
a group falls into one split as a whole. It is drawn from the digest of its first imported item,
so that later imports do not move what a release has already shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

TRAIN: Final = "train"
VALIDATION: Final = "validation"
TEST: Final = "test"

_TRAIN_BELOW: Final = 80
_VALIDATION_BELOW: Final = 90


@dataclass(frozen=True, slots=True)
class Linked:
    """An item and what ties it to others: keys it shares, and items it points at."""

    item: int
    digest: str
    prompt: str
    points_at: tuple[int, ...]


def splits(items: Iterable[Linked]) -> dict[int, str]:
    """Return each item's split; `items` come in order of import."""
    groups = _Groups()
    first_with: dict[tuple[str, str], int] = {}
    digests: dict[int, str] = {}
    for each in items:
        digests[each.item] = each.digest
        groups.add(each.item)
        for key in (("text", each.digest), ("prompt", each.prompt)):
            if key[1]:
                groups.join(first_with.setdefault(key, each.item), each.item)
        for other in each.points_at:
            groups.join(other, each.item)
    return {item: split_of(digests.get(groups.root(item), "")) for item in digests}


def split_of(digest: str) -> str:
    """Return the split of a text digest: 80 % train, 10 % validation, 10 % test.

    >>> split_of("a" * 64) == split_of("a" * 64)
    True
    """
    drawn = int.from_bytes(hashlib.sha256(f"split {digest}".encode()).digest()[:8], "big") % 100
    if drawn < _TRAIN_BELOW:
        return TRAIN
    return VALIDATION if drawn < _VALIDATION_BELOW else TEST


class _Groups:
    """Disjoint sets whose root is the smallest member: the item that was imported first."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}

    def add(self, item: int) -> None:
        self._parent.setdefault(item, item)

    def root(self, item: int) -> int:
        path = []
        while self._parent[item] != item:
            path.append(item)
            item = self._parent[item]
        for each in path:
            self._parent[each] = item
        return item

    def join(self, first: int, second: int) -> None:
        self.add(first)
        self.add(second)
        one, other = self.root(first), self.root(second)
        self._parent[max(one, other)] = min(one, other)
