"""Which units are the same: equal sequences of numbers, found without sorting whole rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from jury.agreement.columns import Ints

_LOOKUP_PER_ROW: Final = 4
_LOOKUP_LEAST: Final = 65_536


def same_sequences(numbers: Ints, sizes: Ints, span: int) -> tuple[Ints, Ints]:
    """Return each unit's group of equal sequences, and one example unit per group.

    Units are refined by their first number, then by the second, and so on.

    Args:
        numbers: The units' sequences, one after the other.
        sizes: The length of each sequence.
        span: One more than the largest number.
    """
    state, next_state = np.zeros(len(sizes), np.int64), 1
    for active, number in slots(numbers, sizes):
        found, many = ranks(state[active] * span + number, next_state * span)
        # New names for those who go on: who has no more numbers keeps a state of their own.
        state[active] = next_state + found
        next_state += many
    index, many = ranks(state, next_state)
    return index, examples(index, many)


def slots(numbers: Ints, sizes: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Yield, for each place in a sequence, the units that reach it and their numbers there."""
    starts = np.cumsum(sizes) - sizes
    by_size = np.argsort(-sizes, kind="stable")
    descending = -sizes[by_size]
    for slot in range(int(sizes.max(initial=0))):
        active = by_size[: int(np.searchsorted(descending, -slot, side="left"))]
        yield active, numbers[starts[active] + slot]


def ranks(key: Ints, span: int) -> tuple[Ints, int]:
    """Return each key's rank among the distinct keys (all below `span`), and their number."""
    if span <= max(_LOOKUP_LEAST, _LOOKUP_PER_ROW * len(key)):
        present = np.zeros(span, bool)
        present[key] = True
        lookup = np.cumsum(present) - 1
        return lookup[key], int(present.sum())
    distinct, found = np.unique(key, return_inverse=True)
    return found, len(distinct)


def examples(index: Ints, many: int) -> Ints:
    """Return one unit of each group."""
    example = np.zeros(many, np.int64)
    example[index] = np.arange(len(index))
    return example
