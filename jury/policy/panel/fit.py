"""A fit: the priors that a panel judges by, as a value with a digest that decisions store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import numpy as np

from jury.agreement.columns import Floats
from jury.document import FieldError, Row
from jury.policy.panel.beta import Beta, above_half
from jury.policy.panel.prior import FOLDS, fine_grid, fit_priors, strata_of

_FIELDS: Final = frozenset({"overall", "patterns", "share_unsafe", "units", "votes", "weight"})
_BETA_FIELDS: Final = frozenset({"a", "b", "said", "given", "stratum"})
_DIGITS: Final = 9
_LEAST_SHARE: Final = 0.01


@dataclass(frozen=True, slots=True, order=True)
class Pattern:
    """How a jury voted: `said` of `given` opinions called it unsafe.

    Attributes:
        said: Opinions that say unsafe.
        given: Opinions that say unsafe or safe.
        stratum: What the vote was about, such as the category the jurors named; empty where nothing is
            known. Jurors may be good about one thing and bad about another.
    """

    said: int
    given: int
    stratum: str = ""

    @property
    def anywhere(self) -> Pattern:
        """The same vote, whatever it was about."""
        return Pattern(self.said, self.given)


@dataclass(frozen=True, slots=True)
class VotedUnit:
    """What one unit tells: the jury's pattern and the votes of people."""

    pattern: Pattern
    unsafe: int
    safe: int


_NOTHING: Final[Mapping[Pattern, Beta]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Fit:
    """The priors in force.

    Attributes:
        overall: For a unit without a jury, or with a pattern that was never seen.
        patterns: By jury vote pattern.
        share_unsafe: Expected share of units that a large panel's majority calls unsafe.
        units: Units the fit rests on.
        votes: Votes of people it rests on.
        weight: How far the jury's patterns are believed, 0 to 1.
    """

    overall: Beta
    share_unsafe: float
    patterns: Mapping[Pattern, Beta] = field(default_factory=lambda: _NOTHING)
    units: int = 0
    votes: int = 0
    weight: float = 0.0

    def prior(self, pattern: Pattern) -> Beta:
        """Return the prior of a unit whose jury voted like this.

        A stratum that was never seen takes the pattern's prior over all of them, an unseen pattern
        the overall one.
        """
        return self.patterns.get(pattern) or self.patterns.get(pattern.anywhere, self.overall)

    def to_document(self) -> dict[str, object]:
        """Return the fit as JSON-clean values; equal fits give equal documents."""
        return {
            "overall": {"a": self.overall.a, "b": self.overall.b},
            "patterns": [
                {"said": each.said, "given": each.given, "a": beta.a, "b": beta.b}
                | ({"stratum": each.stratum} if each.stratum else {})
                for each, beta in sorted(self.patterns.items(), key=lambda pair: pair[0])
            ],
            "share_unsafe": self.share_unsafe,
            "units": self.units,
            "votes": self.votes,
            "weight": self.weight,
        }

    @classmethod
    def from_document(cls, document: object) -> Fit:
        """Return the fit that :meth:`to_document` wrote.

        Raises:
            FieldError: A field is missing, unknown, of the wrong kind or out of range.
        """
        row = Row.of(document, "fit")
        row.only(_FIELDS)
        share = _number(row, "share_unsafe")
        weight = _number(row, "weight", 0.0)
        if not 0 < share < 1:
            raise FieldError(row.at("share_unsafe"), "must lie between 0 and 1.")
        if not 0 <= weight <= 1:
            raise FieldError(row.at("weight"), "must be from 0 to 1.")
        patterns = {}
        for each in row.rows("patterns"):
            pattern = Pattern(_count(each, "said"), _count(each, "given"), _name(each, "stratum"))
            if pattern.said > pattern.given or pattern in patterns:
                raise FieldError(each.at("said"), "is above “given”, or the pattern occurs twice.")
            patterns[pattern] = _beta(each)
        return cls(
            overall=_beta(row.table("overall")),
            share_unsafe=share,
            patterns=MappingProxyType(patterns),
            units=_count(row, "units"),
            votes=_count(row, "votes"),
            weight=weight,
        )

    @property
    def digest(self) -> str:
        """The SHA-256 of the document in canonical JSON."""
        text = json.dumps(self.to_document(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


# Before any fit everything is equally likely, so that only votes speak.
DEFAULT_FIT: Final = Fit(overall=Beta(1.0, 1.0), share_unsafe=0.5)


def fit_units(units: Sequence[VotedUnit]) -> Fit:
    """Return the fit of the units that people have voted on; the default fit without any.

    Where the patterns have strata, a pattern over all of them is kept beside those in each one, so that
    a stratum met later has a prior.

    Every unit with a vote may be used: stopping by the votes seen so far biases nothing. The order of
    the units decides which are held out together, so give them in a stable order.
    """
    voted = [unit for unit in units if unit.unsafe + unit.safe]
    if not voted:
        return DEFAULT_FIT
    patterns = sorted({unit.pattern for unit in voted})
    counts, cells = _counted(voted, patterns)
    grid = fine_grid()
    table = grid.log_likelihood(np.array(cells))
    strata = strata_of([(each.said, each.given, each.stratum) for each in patterns])
    found = fit_priors(counts, table, grid, strata=strata)
    merged = fit_priors(counts.sum(2, keepdims=True), table, grid)
    among = counts.sum((0, 1, 3)) / len(voted)
    share = float(above_half(found.a[0], found.b[0]) @ among)
    priors = {p: _rounded(found.a[0, at], found.b[0, at]) for at, p in enumerate(patterns)}
    return Fit(
        overall=_rounded(merged.a[0, 0], merged.b[0, 0]),
        share_unsafe=round(min(max(share, _LEAST_SHARE), 1 - _LEAST_SHARE), _DIGITS),
        patterns=MappingProxyType(_anywhere(voted, table) | priors if strata else priors),
        units=len(voted),
        votes=sum(unit.unsafe + unit.safe for unit in voted),
        weight=float(found.weight[0]),
    )


def _counted(
    voted: Sequence[VotedUnit], patterns: Sequence[Pattern]
) -> tuple[Floats, list[tuple[int, int]]]:
    """Return units by (1, fold, pattern, cell), and the (unsafe, safe) votes of the cells."""
    cells = sorted({(unit.unsafe, unit.safe) for unit in voted})
    row = {pattern: number for number, pattern in enumerate(patterns)}
    column = {cell: number for number, cell in enumerate(cells)}
    counts = np.zeros((1, FOLDS, len(patterns), len(cells)))
    # Units of one pattern are dealt out in turn: a pattern in one fold only could never be held out.
    turn = dict.fromkeys(patterns, 0)
    for unit in voted:
        cell = column[(unit.unsafe, unit.safe)]
        counts[0, turn[unit.pattern] % FOLDS, row[unit.pattern], cell] += 1
        turn[unit.pattern] += 1
    return counts, cells


def _anywhere(voted: Sequence[VotedUnit], table: Floats) -> dict[Pattern, Beta]:
    """Return the priors of the patterns over all strata."""
    pooled = [VotedUnit(unit.pattern.anywhere, unit.unsafe, unit.safe) for unit in voted]
    patterns = sorted({unit.pattern for unit in pooled})
    counts, _ = _counted(pooled, patterns)
    found = fit_priors(counts, table, fine_grid())
    return {p: _rounded(found.a[0, at], found.b[0, at]) for at, p in enumerate(patterns)}


def _rounded(a: float, b: float) -> Beta:
    # Equal evidence gives an equal digest, whatever machine added it up.
    return Beta(round(float(a), _DIGITS), round(float(b), _DIGITS))


def _beta(row: Row) -> Beta:
    row.only(_BETA_FIELDS)
    found = Beta(_number(row, "a"), _number(row, "b"))
    if min(found.a, found.b) <= 0 or found.concentration > 1e6:
        raise FieldError(row.at("a"), "and b must be above 0, together at most a million.")
    return found


def _number(row: Row, key: str, default: float | None = None) -> float:
    value = row.fields.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # noqa: PLR0124
        raise FieldError(row.at(key), "must be a number.")
    return float(value)


def _name(row: Row, key: str) -> str:
    value = row.fields.get(key, "")
    if not isinstance(value, str):
        raise FieldError(row.at(key), "must be text.")
    return value


def _count(row: Row, key: str) -> int:
    value = row.fields.get(key, 0)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise FieldError(row.at(key), "must be a whole number, 0 or more.")
    return value
