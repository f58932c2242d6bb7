"""One seed of a replay: the units in two halves, each learnt on and played on once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from jury.agreement.columns import Floats, Ints
from jury.policy.panel.curtail import votes_needed
from jury.policy.panel.stop import Flags
from jury.policy.replay.case import Case, Jury, SimulatedJury
from jury.policy.replay.choose import choose
from jury.policy.replay.play import Draw, Mix, Played, majority, play
from jury.policy.replay.rules import PanelRule, Table


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """What is replayed.

    Attributes:
        k: Votes of the fixed rules.
        seeds: How many runs, each with its own halves, orders and simulated jury.
        rule: The panel's options.
        carry: Whether the first fit rests on the half the cost was chosen on.
    """

    k: tuple[int, ...] = (3, 5, 7)
    seeds: int = 8
    rule: PanelRule = field(default_factory=PanelRule)
    carry: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One seed, both halves together: what was asked and answered for each unit.

    Attributes:
        truth: What the unit's whole panel says.
        topic: What it is about.
        jury: The jury's answer: 1, 0, or a half on a draw.
        fixed: For each k, labels and answers of the fixed rule.
        curtailed: For each k, labels of the curtailed rule.
        panel: For each k, labels and answers of the panel on the terms chosen to match it.
        costs: For each k, the cost chosen on each half.
    """

    truth: Flags
    topic: Ints
    jury: Floats
    fixed: Mapping[int, tuple[Ints, Floats]]
    curtailed: Mapping[int, Ints]
    panel: Mapping[int, tuple[Ints, Floats]]
    costs: Mapping[int, list[float]]


def run(case: Case, jury: Jury, plan: ReplayPlan, seed: int) -> Run:
    """Return one run; the same case, jury, plan and seed give the same run."""
    rng = np.random.default_rng(seed)
    if isinstance(jury, SimulatedJury):
        case = case.judged_by(jury, rng)
    first = _halves(case.truth, rng)
    seen = case.revealed(max(*plan.k, plan.rule.max_votes), rng)
    size = {k: np.minimum(case.size, k) for k in plan.k}
    panel = {k: (np.zeros(case.units, np.int64), np.zeros(case.units)) for k in plan.k}
    costs: dict[int, list[float]] = {k: [] for k in plan.k}
    for learnt in (first, ~first):
        for k, mix, played in _half(case, plan, learnt, seen, rng):
            panel[k][0][~learnt], panel[k][1][~learnt] = played.labels, played.answer
            costs[k].append(mix.cost)
    return Run(
        truth=case.truth,
        topic=case.topic,
        jury=case.jury_answer,
        fixed={k: (labels, majority(seen, labels)) for k, labels in size.items()},
        curtailed={k: votes_needed(seen, labels) for k, labels in size.items()},
        panel=panel,
        costs=costs,
    )


def _half(
    case: Case, plan: ReplayPlan, learnt: Flags, seen: Ints, rng: np.random.Generator
) -> list[tuple[int, Mix, Played]]:
    """Learn on one half, play on the other."""
    ours, theirs, rule = case.part(learnt), case.part(~learnt), plan.rule
    most = rule.max_votes
    known = Table.of(ours, rule).counts(np.minimum(ours.size, most), seen[learnt][:, : most + 1])
    draw = replace(Draw.of(theirs, rule, rng), seen=seen[~learnt][:, : most + 1])
    return [
        (k, mix, play(theirs, rule, mix, draw, known if plan.carry else None))
        for k, mix in choose(ours, rule, known, plan.k).items()
    ]


def _halves(truth: Flags, rng: np.random.Generator) -> Flags:
    """Return one half of the units, with half of each class in it."""
    chosen = np.zeros(len(truth), np.bool_)
    for side in (truth, ~truth):
        units = rng.permutation(np.flatnonzero(side))
        chosen[units[: (len(units) + 1) // 2]] = True
    return chosen
