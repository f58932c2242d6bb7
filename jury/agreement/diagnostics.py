"""Dawid-Skene: what each rater's labels say about a hidden class of the unit. For diagnosis only.

Never the truth of a unit: raters who share an error outvote the others here too, and more
confidently. Source: A. P. Dawid and A. M. Skene, Maximum likelihood estimation of observer
error-rates using the EM algorithm, Applied Statistics 28 (1979).

Plain maximum likelihood, so that the log-likelihood cannot fall from one step to the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt

from jury.agreement.columns import Columns, Floats, Ints
from jury.agreement.partition import same_sequences

ROUNDING: Final = 1e-9
STEPS: Final = 1000
# Converged when a step gains less than this share of the log-likelihood.
TOLERANCE: Final = 1e-10
# Merging pays where units repeat each other; the first few thousand tell.
_SAMPLE: Final = 4096
_MERGE_BELOW: Final = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class RaterDiagnosis:
    """One rater as the model sees them.

    Attributes:
        rater: The name.
        n: Labels given.
        accuracy: Expected share of labels that equal the hidden class.
        confusion: Class by label: labels given to units of a class; None for a class never met, or
            that no unit most probably is of: a start from vote shares cannot leave it, and who alone
            gives such a label would look like the only one who is right.
    """

    rater: str
    n: int
    accuracy: float
    confusion: tuple[tuple[float, ...] | None, ...]

    @property
    def distinction(self) -> float | None:
        """How far the labels tell the classes apart: 0 for one who labels by chance, 1 for no error.

        The mean over pairs of classes of half the squared distance of their rows of the confusion;
        None where fewer than two classes were met. With few labels it is too large. Source: V. C.
        Raykar and S. Yu, Eliminating spammers and ranking annotators for crowdsourced labeling
        tasks, JMLR 13 (2012), the multi-class spammer score.
        """
        met = [row for row in self.confusion if row is not None]
        apart = [
            sum((p - q) ** 2 for p, q in zip(one, other, strict=True)) / 2
            for one, other in combinations(met, 2)
        ]
        return sum(apart) / len(apart) if apart else None


@dataclass(frozen=True, slots=True, eq=False)
class DawidSkene:
    """The fitted model.

    Attributes:
        log_likelihood: Of the votes, before each step and after the last one; in nats.
        converged: Whether the last step gained next to nothing.
        values: The classes, which are the labels.
        priors: Share of each class.
        posterior: Units by classes.
        raters: In the order of their names.
    """

    log_likelihood: tuple[float, ...]
    converged: bool
    values: tuple[str, ...]
    priors: Floats
    posterior: Floats
    raters: tuple[RaterDiagnosis, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Distinct units as rows of tokens (rater · value), longest first, so that a place is a slice.

    places[j] holds the j-th token of the first len(places[j]) rows.
    """

    places: tuple[Ints, ...]
    weights: Floats
    row_of_unit: Ints
    n_raters: int
    n_values: int


def dawid_skene(votes: Columns, *, steps: int = STEPS, tolerance: float = TOLERANCE) -> DawidSkene:
    """Return the maximum likelihood fit by EM, started from each unit's vote shares.

    Args:
        votes: At least one.
        steps: The most steps taken.
        tolerance: Relative gain of log-likelihood under which it stops; 0 takes all steps.
    """
    rows = _rows(votes)
    posterior = _vote_shares(rows)
    history: list[float] = []
    converged = False
    while not converged and len(history) <= steps:
        priors, tokens = _maximise(rows, posterior)
        expected, likelihood = _expect(rows, priors, tokens)
        gain = likelihood - history[-1] if history else np.inf
        if gain < -ROUNDING * max(1.0, abs(likelihood)):
            message = f"a step of EM lost {-gain} of log-likelihood, which no step can"
            raise ArithmeticError(message)
        converged = bool(gain <= tolerance * abs(likelihood))
        if gain >= 0:
            # Less than nothing is rounding at the top of the hill: the step before stands.
            history.append(likelihood)
            posterior = expected
    priors, tokens = _maximise(rows, posterior)
    return DawidSkene(
        tuple(history),
        converged,
        votes.values,
        priors,
        np.ascontiguousarray(posterior.T[rows.row_of_unit]),
        _diagnoses(votes.raters, tokens, _won(posterior)),
    )


def _won(posterior: Floats) -> npt.NDArray[np.bool_]:
    """Return which classes any unit is most probably of."""
    found: npt.NDArray[np.bool_] = (
        np.bincount(posterior.argmax(axis=0), minlength=len(posterior)) > 0
    )
    return found


def _rows(votes: Columns) -> _Rows:
    n_values, n_units = len(votes.values), len(votes.units)
    span = len(votes.raters) * n_values
    # Sorted by unit, then token: equal units are equal sequences.
    unit, token = np.divmod(
        np.sort((votes.unit * span) + votes.rater * n_values + votes.value), span
    )
    sizes = np.bincount(unit, minlength=n_units)
    if _repetitive(token, sizes):
        group, example = same_sequences(token, sizes, span)
    else:
        group = example = np.arange(n_units)
    weights = np.bincount(group, minlength=len(example)).astype(np.float64)
    by_size = np.argsort(-sizes[example], kind="stable")
    row_of_group = np.empty(len(example), np.int64)
    row_of_group[by_size] = np.arange(len(example))
    starts = (np.cumsum(sizes) - sizes)[example[by_size]]
    lengths = -sizes[example[by_size]]
    places = tuple(
        token[starts[: int(np.searchsorted(lengths, -place, side="left"))] + place]
        for place in range(int(sizes.max(initial=0)))
    )
    return _Rows(places, weights[by_size], row_of_group[group], len(votes.raters), n_values)


def _repetitive(token: Ints, sizes: Ints) -> bool:
    few = sizes[:_SAMPLE]
    rows = {piece.tobytes() for piece in np.split(token[: few.sum()], np.cumsum(few)[:-1])}
    return len(rows) <= _MERGE_BELOW * len(few)


def _vote_shares(rows: _Rows) -> Floats:
    votes = np.zeros((rows.n_values, len(rows.weights)))
    for tokens in rows.places:
        value = tokens % rows.n_values
        votes[value, np.arange(len(tokens))] += 1
    shares: Floats = votes / np.maximum(votes.sum(axis=0), 1)
    return shares


def _maximise(rows: _Rows, posterior: Floats) -> tuple[Floats, Floats]:
    """Return the shares of the classes, and expected votes as classes by raters by values."""
    mass = posterior * rows.weights
    size = rows.n_raters * rows.n_values
    tokens = np.zeros((rows.n_values, size))
    for hidden, one in enumerate(mass):
        for place in rows.places:
            tokens[hidden] += np.bincount(place, one[: len(place)], minlength=size)
    shares = mass.sum(axis=1) / rows.weights.sum()
    return shares, tokens.reshape(rows.n_values, rows.n_raters, rows.n_values)


def _expect(rows: _Rows, priors: Floats, tokens: Floats) -> tuple[Floats, float]:
    """Return the posterior as classes by rows, and the log-likelihood of the parameters."""
    with np.errstate(divide="ignore"):
        # What never happens has the logarithm -inf; the votes seen always have a possible class.
        chances = np.log(_confusion(tokens)).reshape(rows.n_values, -1)
        log_priors = np.log(priors)
    joint = np.empty((rows.n_values, len(rows.weights)))
    for one, prior, chance in zip(joint, log_priors, chances, strict=True):
        one.fill(prior)
        for place in rows.places:
            one[: len(place)] += chance[place]
    top = joint.max(axis=0)
    joint -= top
    np.exp(joint, out=joint)
    total = joint.sum(axis=0)
    joint /= total
    return joint, float(rows.weights @ (top + np.log(total)))


def _confusion(tokens: Floats) -> Floats:
    """Return each rater's shares of values by class; zeros for a class never met."""
    met = tokens.sum(axis=2, keepdims=True)
    shares: Floats = tokens / np.where(met > 0, met, 1.0)
    return shares


def _diagnoses(
    raters: tuple[str, ...], tokens: Floats, won: npt.NDArray[np.bool_]
) -> tuple[RaterDiagnosis, ...]:
    confusion = _confusion(tokens)
    met = (tokens.sum(axis=2) > 0) & won[:, None]
    given = tokens.sum(axis=(0, 2))
    right = np.einsum("krk->r", tokens)
    return tuple(
        RaterDiagnosis(
            name,
            round(float(given[number])),
            float(right[number] / given[number]),
            tuple(
                tuple(row.tolist()) if seen else None
                for row, seen in zip(confusion[:, number], met[:, number], strict=True)
            ),
        )
        for number, name in enumerate(raters)
    )
