"""Curtailment: never ask for a vote that cannot change the outcome of a fixed-k rule."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jury.agreement.columns import Ints


def outcome_is_fixed(counts: Sequence[int], k: int) -> bool:
    """Return whether the votes still to come cannot change who has more than half of k votes.

    Args:
        counts: Votes so far by value.
        k: Votes of the fixed rule.

    >>> outcome_is_fixed([2, 0], 3), outcome_is_fixed([1, 1], 3), outcome_is_fixed([1, 1, 1], 3)
    (True, False, True)
    """
    left = k - sum(counts)
    top = max(counts, default=0)
    return left <= 0 or top * 2 > k or (top + left) * 2 <= k


def votes_needed(unsafe: Ints, k: Ints) -> Ints:
    """Return how many votes a curtailed rule asks for, for each sequence of two-valued votes.

    Args:
        unsafe: Unsafe votes among the first t = 0 … T votes, on the last axis.
        k: Votes of the fixed rule, fitting the other axes; not above T.
    """
    t = np.arange(unsafe.shape[-1])
    k = np.asarray(k)[..., None]
    top = np.maximum(unsafe, t - unsafe)
    fixed = (t >= k) | (top * 2 > k) | ((top + k - t) * 2 <= k)
    return np.asarray(fixed.argmax(-1))
