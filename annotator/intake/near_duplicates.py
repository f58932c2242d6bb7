"""Near-duplicates among the items of one import: a hint, never a bar.

Two texts are near-duplicates when the Jaccard similarity of their sets of three-word shingles
(case folded, NFKC, words only) is at least 0.8. Candidates come from MinHash (Broder 1997) in
8 bands of 4, which finds a pair at 0.8 with probability 0.985 and at 0.9 with 0.9998; each
candidate is then compared by its shingles. An item is compared with the 20,000 before it in the
same import, so that time is linear and memory flat; older items and other imports are not looked
at. Sets beyond 512 shingles are compared by their 512 smallest hashes.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import OrderedDict
from typing import Final

import numpy as np
from numpy.typing import NDArray

SIMILAR: Final = 0.8
WINDOW: Final = 20_000
BANDS: Final = 8
ROWS: Final = 4
SHINGLE: Final = 3
SKETCH: Final = 512
_WORDS: Final = re.compile(r"\w+")
_LONGEST: Final = 100_000

_Hashes = NDArray[np.uint64]


class NearDuplicates:
    """Remembers the last items' shingles; finds the earliest remembered one that is near."""

    def __init__(self, window: int = WINDOW) -> None:
        generator = np.random.default_rng(2501_09004)
        self._a = generator.integers(1, 2**32, size=BANDS * ROWS, dtype=np.uint64) | np.uint64(1)
        self._b = generator.integers(0, 2**32, size=BANDS * ROWS, dtype=np.uint64)
        self._window = window
        self._sketches: OrderedDict[int, tuple[_Hashes, tuple[int, ...]]] = OrderedDict()
        self._bands: dict[int, int] = {}

    def add(self, key: int, text: str) -> int | None:
        """Remember `text` under `key`; return the key of a near-duplicate before it, or None."""
        shingles = _shingles(text)
        bands = self._signature(shingles)
        found = self._find(shingles, bands)
        if found is None:
            # Later copies point at the first of their kind.
            self._remember(key, shingles, bands)
        return found

    def _find(self, shingles: _Hashes, bands: tuple[int, ...]) -> int | None:
        candidates = {self._bands[band] for band in bands if band in self._bands}
        near = (
            key
            for key in sorted(candidates)
            if _jaccard(shingles, self._sketches[key][0]) >= SIMILAR
        )
        return next(near, None)

    def _remember(self, key: int, shingles: _Hashes, bands: tuple[int, ...]) -> None:
        self._sketches[key] = (shingles, bands)
        for band in bands:
            self._bands[band] = key
        if len(self._sketches) > self._window:
            old, (_, gone) = self._sketches.popitem(last=False)
            for band in gone:
                if self._bands.get(band) == old:
                    del self._bands[band]

    def _signature(self, shingles: _Hashes) -> tuple[int, ...]:
        mixed = (shingles[:, None] * self._a + self._b) >> np.uint64(32)
        rows = mixed.min(axis=0).reshape(BANDS, ROWS)
        return tuple(hash((band, *map(int, row))) for band, row in enumerate(rows))


def _shingles(text: str) -> _Hashes:
    words = _WORDS.findall(unicodedata.normalize("NFKC", text[:_LONGEST]).casefold())
    width = min(SHINGLE, len(words)) or 1
    runs = {" ".join(words[i : i + width]) for i in range(max(1, len(words) - width + 1))}
    hashes = np.fromiter((zlib.crc32(run.encode()) for run in runs), np.uint64, len(runs))
    hashes.sort()
    return hashes[:SKETCH]


def _jaccard(first: _Hashes, second: _Hashes) -> float:
    shared = np.intersect1d(first, second, assume_unique=False).size
    return float(shared / (first.size + second.size - shared))
