"""On what terms the panel is played, chosen on units whose truth is known.

Both the fixed rule and the panel are taken over all orders of the raters, exactly, and the panel's
priors for a unit never rest on that unit's own votes: a jury looks better than it is to whoever
judges it by the units it was learnt on. The chosen terms are those with the fewest labels at which
the panel's balanced accuracy is the fixed rule's.

The terms that are tried follow from a rule, not from any data set. The dearest vote is the largest
worth that one vote has in the tables when votes are free: above it everything stops at once. The
others lie evenly in logs below it. The positive class weighs from half to twice what balances the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from jury.agreement.columns import Floats
from jury.policy.replay.case import Case
from jury.policy.replay.expect import expect_fixed, expect_held_out
from jury.policy.replay.play import Mix
from jury.policy.replay.rules import PanelRule, Table, Terms
from jury.policy.replay.scores import scores

_TILTS: Final = tuple(2.0 ** (step / 4) for step in range(-4, 5))
_OCTAVES: Final = 8
_STEPS: Final = 5
_LEAST_WORTH: Final = 1e-6
_EQUAL: Final = 1e-12


def choose(case: Case, rule: PanelRule, known: Floats, ks: Sequence[int]) -> dict[int, Mix]:
    """Return for each k the terms with the fewest labels that are as good as the fixed rule.

    Where none are as good, the best ones are taken.

    Args:
        case: The units.
        rule: The panel's options.
        known: Counts of these units, see `Table.counts`.
        ks: Votes of the fixed rules.
    """
    terms = candidates(Table.of(case, rule), known)
    found = expect_held_out(case, rule, terms, known)
    labels = found.labels.mean(1)
    good = np.array([scores(each, case.truth)["balanced_accuracy"] for each in found.answer])
    chosen = {}
    for k in ks:
        target = scores(expect_fixed(case, k), case.truth)["balanced_accuracy"]
        first, second, share = cheapest(labels, good, target)
        chosen[k] = Mix(terms[first], terms[second], share)
    return chosen


def candidates(table: Table, known: Floats) -> tuple[Terms, ...]:
    """Return the terms that are tried."""
    free = table.rounds(known, [Terms(0.0, tilt) for tilt in _TILTS])
    top = np.full(len(_TILTS), _LEAST_WORTH)
    for solved in free.values():
        for t in range(table.rule.floor, solved.horizon):
            # On a draw everybody asks on, whatever it costs.
            decided = 2 * np.arange(t + 1) != t
            top = np.maximum(top, solved.gain[t][..., decided].max((1, 2), initial=0.0))
    shares = 2.0 ** -(np.arange(_OCTAVES * _STEPS + 1) / _STEPS)
    return tuple(
        Terms(float(highest * share), tilt)
        for tilt, highest in zip(_TILTS, top, strict=True)
        for share in shares
    )


def cheapest(labels: Floats, good: Floats, target: float) -> tuple[int, int, float]:
    """Return the two candidates, and the share of the first, that reach a target most cheaply.

    Args:
        labels: Expected labels of each candidate.
        good: Its balanced accuracy.
        target: What the mean of the two has to reach.
    """
    enough = good >= target - _EQUAL
    if not enough.any():
        best = int(good.argmax())
        return best, best, 1.0
    high, low = np.flatnonzero(enough), np.flatnonzero(~enough)
    alone = int(high[labels[high].argmin()])
    if not len(low):
        return alone, alone, 1.0
    share = (target - good[low][:, None]) / (good[high] - good[low][:, None])
    mixed = labels[high] * share + labels[low][:, None] * (1 - share)
    row, column = divmod(int(mixed.argmin()), len(high))
    if mixed[row, column] >= labels[alone]:
        return alone, alone, 1.0
    return int(high[column]), int(low[row]), float(share[row, column])
