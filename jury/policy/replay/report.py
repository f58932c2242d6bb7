"""The replay's report: fixed-k, curtailed and panel policy on the same stored votes.

For each seed the units are divided in two. On one half the cost of a label is chosen (the fewest
labels at which the panel's balanced accuracy is not below the fixed rule's, both exact over all
orders of the raters) together with a factor on the positive class's weight, and the first fit is
made. On the other half the policy is then played in a random order of its raters, its random units
counted in. Then the halves change places. The labels of the half that a cost is chosen on are not
counted: they are the votes that are stored already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from jury.agreement.columns import Floats, Ints
from jury.policy.panel.curtail import votes_needed
from jury.policy.panel.stop import Flags
from jury.policy.replay.case import BadJury, Case, Jury, SimulatedJury
from jury.policy.replay.expect import expect_fixed, expect_panel
from jury.policy.replay.play import Draw, majority, play
from jury.policy.replay.rules import PanelRule, Table

NO_JURY: Final = "no jury was asked for"
_COSTS: Final = np.geomspace(0.002, 0.2, 73)
_TILTS: Final = (0.75, 0.8, 0.85, 0.9, 0.95, 1.0)
_SPREAD: Final = 9
_DRAWS: Final = 1000


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """What is replayed.

    Attributes:
        k: Votes of the fixed rules.
        seeds: How many runs, each with its own halves, orders and simulated jury.
        rule: The panel's options; the class weight and the spread of the cost are set here.
        carry: Whether the first fit rests on the half the cost was chosen on.
    """

    k: tuple[int, ...] = (3, 5, 7)
    seeds: int = 8
    rule: PanelRule = field(default_factory=PanelRule)
    carry: bool = True


@dataclass(frozen=True, slots=True)
class Choice:
    """What is learnt on one half."""

    cost: float
    tilt: float


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """One seed, both halves together: what was asked and answered for each unit."""

    truth: Flags
    jury: Floats
    fixed: Mapping[int, tuple[Ints, Floats]]
    curtailed: Mapping[int, Ints]
    panel: Mapping[int, tuple[Ints, Floats]]
    costs: Mapping[int, list[float]]


def replay(case: Case, jury: Jury, plan: ReplayPlan) -> dict[str, Any]:
    """Return the report of the contract.

    Labels are totals over the units with a truth, averaged over the seeds. A draw among the votes
    counts as half right. `saving` compares with the fixed rule; its interval is over units and seeds.

    Args:
        case: The units with a truth.
        jury: Simulated jurors, the opinions in the case, or none.
        plan: What is replayed.

    Raises:
        BadJury: When the case's opinions are asked for, and there are none.
    """
    if jury == "votes" and not case.given.any():
        message = "there are no rows of kind juror about these units"
        raise BadJury(message)
    if jury is None:
        nobody = np.zeros(case.units, np.int64)
        case = Case.of(case.votes, case.size, nobody, nobody)
    runs = [_run(case, jury, plan, seed) for seed in range(plan.seeds)]
    share = float(case.truth.mean())
    alone = [scores(run.jury, run.truth)["balanced_accuracy"] for run in runs]
    return {
        "positive_rate": share,
        "truth_units": case.units,
        "constant_baseline": max(share, 1 - share),
        "jury_alone": None if jury is None else float(np.mean(alone)),
        "k": {str(k): _compared(k, runs) for k in plan.k},
        "reason": {"jury_alone": NO_JURY} if jury is None else {},
    }


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


def choose(case: Case, rule: PanelRule, known: Floats, ks: Sequence[int]) -> dict[int, Choice]:
    """Return for each k the cost with the fewest labels that is as good as the fixed rule.

    Where none is as good, the best one is taken.
    """
    window = np.ones(_SPREAD) / _SPREAD
    labels, right = [], []
    for tilt in _TILTS:
        found = expect_panel(case, replace(rule, tilt=tilt), _COSTS, known)
        balanced = [scores(each, case.truth)["balanced_accuracy"] for each in found.answer]
        labels.append(np.convolve(found.labels.sum(1), window, "valid"))
        right.append(np.convolve(balanced, window, "valid"))
    asked, good = np.array(labels), np.array(right)
    chosen = {}
    for k in ks:
        target = scores(expect_fixed(case, k), case.truth)["balanced_accuracy"]
        enough = good >= target - 1e-12
        best = np.where(enough, asked, np.inf).argmin() if enough.any() else good.argmax()
        row, column = divmod(int(best), asked.shape[1])
        chosen[k] = Choice(float(_COSTS[column + _SPREAD // 2]), _TILTS[row])
    return chosen


def _run(case: Case, jury: Jury, plan: ReplayPlan, seed: int) -> _Run:
    rng = np.random.default_rng(seed)
    if isinstance(jury, SimulatedJury):
        case = case.judged_by(jury, rng)
    first = _halves(case.truth, rng)
    seen = case.revealed(max(*plan.k, plan.rule.max_votes), rng)
    fixed = {k: _fixed(case, seen, k) for k in plan.k}
    needed = {k: votes_needed(seen, np.minimum(case.size, k)) for k in plan.k}
    panel = {k: (np.zeros(case.units, np.int64), np.zeros(case.units)) for k in plan.k}
    costs: dict[int, list[float]] = {k: [] for k in plan.k}
    for learnt in (first, ~first):
        for k, choice, labels, answer in _half(case, plan, learnt, seen, rng):
            panel[k][0][~learnt], panel[k][1][~learnt] = labels, answer
            costs[k].append(choice.cost)
    return _Run(case.truth, case.jury_answer, fixed, needed, panel, costs)


def _half(
    case: Case, plan: ReplayPlan, learnt: Flags, seen: Ints, rng: np.random.Generator
) -> list[tuple[int, Choice, Ints, Floats]]:
    """Learn on one half, play on the other."""
    ours, theirs = case.part(learnt), case.part(~learnt)
    most = plan.rule.max_votes
    spread = tuple((_COSTS[1] / _COSTS[0]) ** (np.arange(_SPREAD) - _SPREAD // 2))
    rule = replace(plan.rule, spread=spread)
    known = Table.of(ours, rule).counts(np.minimum(ours.size, most), seen[learnt][:, : most + 1])
    draw = replace(Draw.of(theirs, rule, rng), seen=seen[~learnt][:, : most + 1])
    found = []
    for k, choice in choose(ours, rule, known, plan.k).items():
        tilted = replace(rule, tilt=choice.tilt)
        played = play(theirs, tilted, choice.cost, draw, known if plan.carry else None)
        found.append((k, choice, played.labels, played.answer))
    return found


def _halves(truth: Flags, rng: np.random.Generator) -> Flags:
    """Return one half of the units, with half of each class in it."""
    chosen = np.zeros(len(truth), np.bool_)
    for side in (truth, ~truth):
        units = rng.permutation(np.flatnonzero(side))
        chosen[units[: (len(units) + 1) // 2]] = True
    return chosen


def _fixed(case: Case, seen: Ints, k: int) -> tuple[Ints, Floats]:
    labels = np.minimum(case.size, k)
    return labels, majority(seen, labels)


def _compared(k: int, runs: Sequence[_Run]) -> dict[str, Any]:
    fixed = np.array([run.fixed[k][0] for run in runs])
    panel = np.array([run.panel[k][0] for run in runs])
    base = float(fixed.sum(1).mean())
    curtailed = float(np.mean([run.curtailed[k].sum() for run in runs]))
    asked = float(panel.sum(1).mean())
    costs = [cost for run in runs for cost in run.costs[k]]
    return {
        "fixed": {"labels": base, **_mean([scores(r.fixed[k][1], r.truth) for r in runs])},
        "curtailed": {"labels": curtailed, "saving": 1 - curtailed / base},
        "policy": {
            "labels": asked,
            "saving": 1 - asked / base,
            "saving_ci95": _interval(fixed, panel),
            **_mean([scores(r.panel[k][1], r.truth) for r in runs]),
            "cost": float(np.exp(np.mean(np.log(costs)))),
        },
    }


def _mean(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([one[name] for one in found])) for name in found[0]}


def _interval(fixed: Ints, panel: Ints) -> list[float]:
    """Return the 95 % interval of the saving, both seeds and units drawn with replacement."""
    rng = np.random.default_rng(0)
    seeds, units = fixed.shape
    by_seed = rng.multinomial(seeds, np.full(seeds, 1 / seeds), _DRAWS)
    by_unit = rng.multinomial(units, np.full(units, 1 / units), _DRAWS)
    ratio = [
        np.einsum("ds,su,du->d", by_seed, labels, by_unit, optimize=True)
        for labels in (panel, fixed)
    ]
    low, high = np.quantile(1 - ratio[0] / ratio[1], [0.025, 0.975])
    return [float(low), float(high)]
