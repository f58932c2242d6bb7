"""How right answers are, never by accuracy alone."""

from __future__ import annotations

from jury.agreement.columns import Floats
from jury.policy.panel.stop import Flags


def scores(answer: Floats, truth: Flags) -> dict[str, float]:
    """Return balanced accuracy, F1 of the positive class and accuracy; a half is half right.

    Args:
        answer: 1, 0 or a half for each unit.
        truth: Of both classes.
    """
    hit, alarm = float(answer[truth].sum()), float(answer[~truth].sum())
    positives, negatives = int(truth.sum()), int((~truth).sum())
    called = hit + alarm
    return {
        "balanced_accuracy": 0.5 * (hit / positives + 1 - alarm / negatives),
        "f1": 2 * hit / (called + positives),
        "accuracy": (hit + negatives - alarm) / (positives + negatives),
    }
