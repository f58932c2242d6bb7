"""What rules would give on average over all orders of a unit's raters: exact, nothing is drawn.

A unit with Y unsafe of M votes goes from (y, t) to (y + 1, t + 1) with probability (Y - y)/(M - t).
So the chance of each state follows round by round. This is how a cost is chosen: no luck of one
order of the raters is mistaken for a good rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jury.agreement.columns import Floats
from jury.policy.replay.case import Case
from jury.policy.replay.rules import PanelRule, Table, Terms, folds


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """Expected labels and the chance of a positive answer, shaped (terms, units)."""

    labels: Floats
    answer: Floats


def expect_fixed(case: Case, k: int) -> Floats:
    """Return the chance that the majority of k random votes is positive, a draw counting half."""
    most = np.minimum(case.size, k)
    state = np.ones((case.units, 1))
    found = np.zeros(case.units)
    for t in range(1, k + 1):
        state = _next(state, case, t - 1)
        ending = most == t
        found[ending] = state[ending] @ _answers(t)
    return found


def expect_panel(case: Case, rule: PanelRule, terms: Sequence[Terms], known: Floats) -> Expected:
    """Return what the panel gives under each of some terms.

    Args:
        case: The units.
        rule: The options.
        terms: One or more.
        known: Counts of units, which the priors are fitted on, see `Table.counts`.
    """
    table = Table.of(case, rule)
    rounds = table.rounds(known, terms)
    state = np.ones((len(terms), case.units, 1))
    labels, answer = np.zeros(state.shape[:2]), np.zeros(state.shape[:2])
    for t in range(1, rule.max_votes + 1):
        state = _next(state, case, t - 1)
        ending = np.zeros(state.shape, np.bool_) | (table.most == t)[:, None]
        for panel, solved in rounds.items():
            if t <= solved.horizon:
                mine = (table.panel == panel)[:, None]
                ending |= solved.stop[t][:, table.pattern] & mine
        leaving = np.where(ending, state, 0.0)
        labels += t * leaving.sum(-1)
        answer += leaving @ _answers(t)
        state = state - leaving
    share, most = rule.random_share, np.minimum(table.most, rule.random_votes)
    always = expect_fixed(case, rule.random_votes)
    return Expected((1 - share) * labels + share * most, (1 - share) * answer + share * always)


def expect_held_out(case: Case, rule: PanelRule, terms: Sequence[Terms], known: Floats) -> Expected:
    """Return the same, each unit judged by priors that its own votes have no part in.

    Args:
        case: The units.
        rule: The options.
        terms: One or more.
        known: Counts of these very units, which the priors are fitted on.
    """
    fold = folds(case)
    labels, answer = np.zeros((len(terms), case.units)), np.zeros((len(terms), case.units))
    for out in range(len(known)):
        inside = fold == out
        if inside.any():
            others = np.where(np.arange(len(known))[:, None, None] == out, 0.0, known)
            found = expect_panel(case.part(inside), rule, terms, others)
            labels[:, inside], answer[:, inside] = found.labels, found.answer
    return Expected(labels, answer)


def _answers(t: int) -> Floats:
    return np.asarray(0.5 + 0.5 * np.sign(2 * np.arange(t + 1) - t))


def _next(state: Floats, case: Case, t: int) -> Floats:
    """Return the chances of y = 0 … t + 1 after one vote more."""
    left = np.maximum(case.size - t, 1)[:, None]
    up: Floats = np.clip((case.positive[:, None] - np.arange(t + 1)) / left, 0.0, 1.0)
    after = np.zeros((*state.shape[:-1], t + 2))
    after[..., 1:] = state * up
    after[..., :-1] += state * (1.0 - up)
    return after
