"""One run of the policy, raters revealed one by one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jury.agreement.columns import Floats, Ints
from jury.policy.panel.stop import Flags, Rounds
from jury.policy.replay.case import Case
from jury.policy.replay.rules import REFITS, PanelRule, Table, Terms


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """Labels used and answers given (1, 0, a half where the votes are evenly divided), by unit."""

    labels: Ints
    answer: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """What chance decides in a run.

    Attributes:
        seen: Positive votes among the first t, shaped (units, max_votes + 1).
        random_units: Which units always get the fixed number.
        place: Of each unit in a random order, from 0 up to 1: it decides which terms it is played on.
    """

    seen: Ints
    random_units: Flags
    place: Floats

    @classmethod
    def of(cls, case: Case, rule: PanelRule, rng: np.random.Generator) -> Draw:
        """Draw a run; one random unit at least, if any are drawn at all."""
        seen = case.revealed(rule.max_votes, rng)
        count = max(1, round(rule.random_share * case.units)) if rule.random_share else 0
        chosen = np.zeros(case.units, np.bool_)
        chosen[rng.permutation(case.units)[:count]] = True
        return cls(seen, chosen, rng.permutation(case.units) / case.units)


@dataclass(frozen=True, slots=True)
class Mix:
    """Terms for a share of the units, drawn at random, and terms for the others.

    Stop tables are few and far between: with one for all, balanced accuracy moves in steps. Between
    two of them it can be met exactly.
    """

    first: Terms
    second: Terms
    share: float = 1.0

    @property
    def cost(self) -> float:
        """The cost of a vote, the geometric mean over the units."""
        return float(self.first.cost**self.share * self.second.cost ** (1 - self.share))


def play(case: Case, rule: PanelRule, mix: Mix, draw: Draw, before: Floats | None) -> Played:
    """Return what the policy would have asked for and answered.

    Args:
        case: The units.
        rule: The options.
        mix: On what terms people are asked.
        draw: What chance decides.
        before: Counts of units judged before, which the first fit rests on; None without.
    """
    table = Table.of(case, rule)
    terms = (mix.first, mix.second)
    row = (draw.place >= mix.share).astype(np.int64)
    labels = np.where(draw.random_units, np.minimum(table.most, rule.random_votes), 0)
    ended = draw.random_units.copy()
    rounds: dict[int, Rounds] = {}
    for t in range(1, rule.max_votes + 1):
        if ended.all():
            break
        labels[~ended] = t
        if t in REFITS:
            known = table.counts(labels, draw.seen)
            rounds = table.rounds(known if before is None else known + before, terms)
        ended |= table.most == t
        for panel, solved in rounds.items():
            if t <= solved.horizon:
                stops = solved.stop[t][row, table.pattern, draw.seen[:, t]]
                ended |= (table.panel == panel) & stops
    return Played(labels, majority(draw.seen, labels))


def majority(seen: Ints, labels: Ints) -> Floats:
    """Return the majority of the first votes of each unit: 1, 0, a half on a draw."""
    unsafe = np.take_along_axis(seen, labels[:, None], axis=1)[:, 0]
    return np.asarray(0.5 + 0.5 * np.sign(2 * unsafe - labels))
