"""Weights of jurors by the textbook Hedge with a fixed share, its regret and the bound on it.

Freund and Schapire (1997); Herbster and Warmuth (1998); Cesa-Bianchi and Lugosi (2006), theorem 2.2.
In each round p = sum of w x is predicted, the loss is |x - y|, then v = w exp(-eta l) and
w = (1 - alpha) v / sum of v + alpha / n, with eta = sqrt(8 ln n / T). With alpha = 0 the regret
against the best expert is at most sqrt(T ln n / 2).

An expert that abstains takes the loss of the mixture in that round, so that its share of the weight
stays what it was (Freund et al. 1997, specialists); its own sum of losses counts it so too. As y is 0
or 1, the loss of the mixture |p - y| is the weighted mean of the losses, and the bound holds.

Weights are for display and diagnosis only. No decision reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt


@dataclass(frozen=True, slots=True)
class Round:
    """One reference label: what each expert had said (0 to 1; None: it abstained), and the truth."""

    said: tuple[float | None, ...]
    truth: int


@dataclass(frozen=True, slots=True)
class Hedge:
    """Where the weights stand after all rounds.

    Attributes:
        rounds: T.
        weights: One an expert, adding up to 1.
        losses: Each expert's sum of losses.
        loss: The mixture's.
        regret: The mixture's loss above the best expert's.
        bound: sqrt(T ln n / 2); None where it is not claimed, which is for alpha above 0.
    """

    rounds: int
    weights: tuple[float, ...]
    losses: tuple[float, ...]
    loss: float
    regret: float
    bound: float | None


def hedge(rounds: Sequence[Round], experts: int, *, alpha: float = 0.0) -> Hedge:
    """Return the weights after reference labels in the order they came.

    Args:
        rounds: In the order of time; each with one entry an expert.
        experts: How many there are, at least one.
        alpha: Share of the weight that is spread evenly after each round, 0 to 1.

    Raises:
        ValueError: No expert, or a round of another size or with a value out of range.
    """
    if experts < 1:
        message = "there must be an expert"
        raise ValueError(message)
    eta = sqrt(8.0 * log(experts) / len(rounds)) if rounds and experts > 1 else 0.0
    weights = [1.0 / experts] * experts
    losses = [0.0] * experts
    total = 0.0
    for each in rounds:
        _check(each, experts)
        lost, mixture = _losses(each, weights)
        total += mixture
        losses = [before + now for before, now in zip(losses, lost, strict=True)]
        # Only differences matter: the least loss is taken off, so that nothing underflows.
        least = min(lost)
        kept = [w * exp(-eta * (now - least)) for w, now in zip(weights, lost, strict=True)]
        whole = sum(kept)
        weights = [(1.0 - alpha) * v / whole + alpha / experts for v in kept]
    bound = sqrt(len(rounds) * log(experts) / 2.0) if alpha == 0.0 else None
    return Hedge(
        rounds=len(rounds),
        weights=tuple(weights),
        losses=tuple(losses),
        loss=total,
        regret=total - min(losses),
        bound=bound,
    )


def _losses(each: Round, weights: Sequence[float]) -> tuple[list[float], float]:
    """Return each expert's loss and the mixture's: that of those who spoke; all silent lose 0.5."""
    spoke = [
        (w, abs(x - each.truth)) for w, x in zip(weights, each.said, strict=True) if x is not None
    ]
    whole = sum(w for w, _ in spoke)
    mixture = sum(w * lost for w, lost in spoke) / whole if whole > 0.0 else 0.5
    return [mixture if x is None else abs(x - each.truth) for x in each.said], mixture


def _check(each: Round, experts: int) -> None:
    fits = len(each.said) == experts and each.truth in {0, 1}
    if not fits or any(x is not None and not 0.0 <= x <= 1.0 for x in each.said):
        message = f"a round of {experts} values from 0 to 1 and a truth of 0 or 1, not {each}"
        raise ValueError(message)
