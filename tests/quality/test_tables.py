"""Patterns taken apart by several threads at once, as in a web worker."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor

from annotator.quality.queries.tables import _Words

THREADS, LABELS = 8, 30


class Slow(dict[str, int]):
    """A dict whose length takes long enough for another thread to come in between."""

    def __len__(self) -> int:
        """Return it after a moment."""
        found = super().__len__()
        time.sleep(0.0005)
        return found


def test_threads_at_once_give_each_label_a_number_of_its_own() -> None:
    words = _Words(numbers=Slow())
    tables = [{json.dumps([[f"{t}.{n}", 1]]): 1 for n in range(LABELS)} for t in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(words.said, tables))
    assert sorted(words.numbers.values()) == list(range(THREADS * LABELS))
