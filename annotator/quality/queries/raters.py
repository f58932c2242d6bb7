"""What needs to know who said what: rater against rater, and which units cost agreement.

Count patterns cannot tell these. Each is a pass over a population's votes.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from annotator.intake.models import Unit
from annotator.quality.patterns import VERDICT
from annotator.quality.queries.headline import headline
from annotator.quality.queries.population import RaterNames, Scope, ballots
from jury.agreement.columns import Columns, Ints
from jury.agreement.diagnostics import dawid_skene
from jury.agreement.influence import cost, influence
from jury.agreement.kappa import RaterPair, SharedUnits, mean_kappa
from jury.agreement.statistic import Coefficient
from jury.agreement.table import PatternTable, table_from_codes

COSTLY: Final = 20
STEPS: Final = 200
TOLERANCE: Final = 1e-8
"""Of the model's fit: what is shown has two digits."""
# A distance between sets is a matrix of all of them: more cells than these are left out.
_MOST_CELLS: Final = 4_000_000


@dataclass(frozen=True, slots=True)
class CostlyUnit:
    """A unit that costs agreement; `cost` is what the coefficient would gain without it."""

    item: str
    external_id: str
    target: str
    cost: float


@dataclass(frozen=True, slots=True)
class LevelFigures:
    """One level's figures.

    Attributes:
        cohen: The mean of Cohen's kappa over pairs of raters.
        pairs: Over how many pairs it is defined.
        costly: The units without which the headline coefficient would gain most, at most twenty.
        together: What it would gain without all of them.
    """

    cohen: Coefficient
    pairs: int
    costly: tuple[CostlyUnit, ...]
    together: float | None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A rater as Dawid and Skene's model of the votes has them; never the truth of a unit.

    Attributes:
        rater: The name.
        n: Votes on units that others judged too.
        accuracy: Expected share of votes that equal the hidden answer.
        distinction: How far the votes tell the answers apart: 0 by chance, 1 without error.
        confusion: Of units whose hidden answer is the key, the share of each vote; None where none is.
    """

    rater: str
    n: int
    accuracy: float
    distinction: float | None
    confusion: Mapping[str, Mapping[str, float] | None]


@dataclass(frozen=True, slots=True)
class RaterFigures:
    """A population's raters.

    Attributes:
        raters: How many there are.
        labels: How many votes each gave, by name.
        levels: Figures by level.
        matrix: Every two raters that share a unit.
        diagnoses: By name, of their answers; empty where no unit has two.
    """

    raters: int
    labels: Mapping[str, int]
    levels: Mapping[str, LevelFigures]
    matrix: tuple[RaterPair, ...]
    diagnoses: tuple[Diagnosis, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Votes:
    """A population's votes as numbers; `answer` points into `answers`."""

    unit: Ints
    rater: Ints
    answer: Ints
    units: tuple[int, ...]
    raters: tuple[str, ...]
    answers: tuple[tuple[str, tuple[str, ...]], ...]


def rater_figures(scope: Scope, levels: Collection[str] = (VERDICT,)) -> RaterFigures:
    """Return the figures of a scope's raters at some levels; its own level does not matter."""
    votes = _read(scope)
    shared = SharedUnits.of(votes.unit, votes.rater, votes.raters)
    given = np.bincount(votes.rater, minlength=len(votes.raters))
    verdicts, values = _labels(Scope(scope.project, scope.target, scope.question), votes)
    return RaterFigures(
        raters=len(votes.raters),
        labels=dict(zip(votes.raters, given.tolist(), strict=True)),
        levels={level: _level(scope, level, votes, shared) for level in levels},
        matrix=() if shared is None else shared.kappas(verdicts),
        diagnoses=_diagnoses(votes, verdicts, values),
    )


def _diagnoses(votes: _Votes, value: Ints, values: tuple[str, ...]) -> tuple[Diagnosis, ...]:
    """Return what the model says of each rater, of the units that two or more judged."""
    many = max(1, len(votes.raters))
    judges = np.unique(votes.unit * many + votes.rater) // many  # who was asked twice is one
    several = np.bincount(judges, minlength=len(votes.units))[votes.unit] > 1
    if not several.any():
        return ()
    units, unit = np.unique(votes.unit[several], return_inverse=True)
    raters, rater = np.unique(votes.rater[several], return_inverse=True)
    names = tuple(votes.raters[number] for number in raters)
    given = Columns(unit, rater, value[several], ("",) * len(units), names, values)
    fit = dawid_skene(given, steps=STEPS, tolerance=TOLERANCE)
    return tuple(
        Diagnosis(
            each.rater,
            each.n,
            each.accuracy,
            each.distinction,
            {
                hidden: None if row is None else dict(zip(values, row, strict=True))
                for hidden, row in zip(values, each.confusion, strict=True)
            },
        )
        for each in fit.raters
    )


def _read(scope: Scope) -> _Votes:
    unit, rater, answer = array("q"), array("q"), array("q")
    units: dict[int, int] = {}
    raters: dict[tuple[str, int], int] = {}
    answers: dict[tuple[str, tuple[str, ...]], int] = {}
    for ballot in ballots(scope):
        unit.append(units.setdefault(ballot.unit, len(units)))
        rater.append(raters.setdefault((ballot.kind, ballot.rater), len(raters)))
        said = (ballot.value, tuple(ballot.categories))
        answer.append(answers.setdefault(said, len(answers)))
    names = RaterNames(scope)
    called = [names.of(*key) for key in raters]
    in_order = sorted(range(len(called)), key=called.__getitem__)
    place = np.empty(len(called), np.int64)
    place[in_order] = np.arange(len(called))
    return _Votes(
        unit=np.array(unit, np.int64),
        rater=place[np.array(rater, np.int64)],
        answer=np.array(answer, np.int64),
        units=tuple(units),
        raters=tuple(called[number] for number in in_order),
        answers=tuple(answers),
    )


def _labels(scope: Scope, votes: _Votes) -> tuple[Ints, tuple[str, ...]]:
    """Return each vote's label at a scope's level as a number, and the labels in order."""
    said = [scope.label(value, list(categories)) for value, categories in votes.answers]
    values = tuple(sorted(set(said)))
    place = {value: number for number, value in enumerate(values)}
    code = np.fromiter((place[each] for each in said), np.int64, len(said))
    return code[votes.answer], values


def _level(scope: Scope, level: str, votes: _Votes, shared: SharedUnits | None) -> LevelFigures:
    here = Scope(scope.project, scope.target, scope.question, level, scope.population)
    label, values = _labels(here, votes)
    cohen, pairs = mean_kappa(None if shared is None else shared.kappas(label))
    table = table_from_codes(votes.unit, label, values, len(votes.units))
    costly, together = _costly(here, table, votes.units)
    return LevelFigures(cohen, pairs, costly, together)


def _costly(
    scope: Scope, table: PatternTable, units: tuple[int, ...]
) -> tuple[tuple[CostlyUnit, ...], float | None]:
    """Return the units that cost most, and what all of them cost together."""
    if table.index is None or table.counts.size > _MOST_CELLS or not table.n_units:
        return (), None
    statistic = headline(scope, table)
    gains = influence(table, statistic)
    ranked = sorted(
        (number for number, gain in enumerate(gains) if gain is not None and gain > 0),
        key=lambda number: (-(gains[number] or 0.0), number),
    )
    chosen: list[tuple[int, float]] = []
    taken: dict[int, int] = {}
    for number in ranked:
        room = COSTLY - len(chosen)
        if not room:
            break
        found = np.flatnonzero(table.index == number)[:room].tolist()
        taken[number] = len(found)
        chosen += [(units[each], gains[number] or 0.0) for each in found]
    if not chosen:
        return (), None
    return _named(chosen), cost(table, statistic, taken)


def _named(chosen: list[tuple[int, float]]) -> tuple[CostlyUnit, ...]:
    rows = Unit.objects.filter(pk__in=[unit for unit, _ in chosen])
    known = {
        pk: (item, external_id, target)
        for pk, item, external_id, target in rows.values_list(
            "pk", "item__public_id", "item__external_id", "target"
        )
    }
    return tuple(CostlyUnit(*known[unit], cost=gain) for unit, gain in chosen)
