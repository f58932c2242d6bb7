"""The replay's report: fixed-k, curtailed and panel policy on the same stored votes.

For each seed the units are divided in two. On one half the cost of a label is chosen (the fewest
labels at which the panel's balanced accuracy is the fixed rule's) and the first fit is made. On the
other half the policy is then played in a random order of its raters, its random units counted in.
Then the halves change places. The labels of the half that a cost is chosen on are not counted: they
are the votes that are stored already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from jury.agreement.columns import Floats, Ints
from jury.policy.panel.stop import Flags
from jury.policy.replay.case import BadJury, Case, Jury, NoTruth
from jury.policy.replay.run import ReplayPlan, Run, run
from jury.policy.replay.scores import scores

LEAST_OF_A_CLASS: Final = 2
NO_JURY: Final = "no jury was asked for"
_DRAWS: Final = 1000
_LEVEL: Final = (0.025, 0.975)


def replay(case: Case, jury: Jury, plan: ReplayPlan) -> dict[str, Any]:
    """Return the report of the contract.

    Labels are totals over the units with a truth, averaged over the seeds. A draw among the votes
    counts as half right. `saving` compares with the fixed rule, and so does `gap`, the panel's balanced
    accuracy less the fixed rule's; their intervals are over units and seeds.

    Args:
        case: The units with a truth.
        jury: Simulated jurors, the opinions in the case, or none.
        plan: What is replayed.

    Raises:
        BadJury: When the case's opinions are asked for, and there are none.
        NoTruth: When one of the two classes has fewer than two units, so one half none of it.
    """
    fewest = int(min(case.truth.sum(), (~case.truth).sum()))
    if fewest < LEAST_OF_A_CLASS:
        message = (
            "too little truth to compare with: the cost is chosen on one half of the units and "
            f"reported on the other, so each class needs {LEAST_OF_A_CLASS} units; one has {fewest}"
        )
        raise NoTruth(message)
    if jury == "votes" and not case.given.any():
        message = "there are no rows of kind juror about these units"
        raise BadJury(message)
    if jury is None:
        nobody = np.zeros(case.units, np.int64)
        case = Case.of(case.votes, case.size, nobody, nobody)
    runs = [run(case, jury, plan, seed) for seed in range(plan.seeds)]
    share = float(case.truth.mean())
    alone = [scores(one.jury, one.truth)["balanced_accuracy"] for one in runs]
    return {
        "positive_rate": share,
        "truth_units": case.units,
        "constant_baseline": max(share, 1 - share),
        "jury_alone": None if jury is None else float(np.mean(alone)),
        "k": {str(k): _compared(k, runs) for k in plan.k},
        "reason": {"jury_alone": NO_JURY} if jury is None else {},
    }


def _compared(k: int, runs: Sequence[Run]) -> dict[str, Any]:
    fixed, panel = (
        (np.array([one[k][0] for one in each]), np.array([one[k][1] for one in each]))
        for each in ([one.fixed for one in runs], [one.panel for one in runs])
    )
    truth = runs[0].truth
    base, asked = (float(labels.sum(1).mean()) for labels, _ in (fixed, panel))
    curtailed = float(np.mean([one.curtailed[k].sum() for one in runs]))
    costs = [cost for one in runs for cost in one.costs[k]]
    right, held = (_mean([scores(row, truth) for row in answers]) for _, answers in (panel, fixed))
    saving, gap = _intervals(fixed, panel, truth)
    return {
        "fixed": {"labels": base, **held},
        "curtailed": {"labels": curtailed, "saving": 1 - curtailed / base},
        "policy": {
            "labels": asked,
            "saving": 1 - asked / base,
            "saving_ci95": saving,
            **right,
            "gap": right["balanced_accuracy"] - held["balanced_accuracy"],
            "gap_ci95": gap,
            "cost": float(np.exp(np.mean(np.log(costs)))),
        },
    }


def _mean(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([one[name] for one in found])) for name in found[0]}


def _intervals(
    fixed: tuple[Ints, Floats], panel: tuple[Ints, Floats], truth: Flags
) -> tuple[list[float], list[float]]:
    """Return the 95 % intervals of saving and gap, both seeds and units drawn with replacement."""
    rng = np.random.default_rng(0)
    seeds, units = fixed[0].shape
    by_seed = rng.multinomial(seeds, np.full(seeds, 1 / seeds), _DRAWS)
    by_unit = rng.multinomial(units, np.full(units, 1 / units), _DRAWS)

    def drawn(values: Ints | Floats) -> Floats:
        total = np.einsum("ds,su,du->d", by_seed, values, by_unit, optimize=True)
        return np.asarray(total, np.float64)

    labels = [drawn(each) for each, _ in (panel, fixed)]
    more = panel[1] - fixed[1]
    # Where a class was not drawn there is nothing it could be right about.
    sizes = [np.maximum(seeds * (by_unit @ side), 1) for side in (truth, ~truth)]
    gap = 0.5 * (drawn(more * truth) / sizes[0] - drawn(more * ~truth) / sizes[1])
    return _span(1 - labels[0] / labels[1]), _span(gap)


def _span(values: Floats) -> list[float]:
    low, high = np.quantile(values, _LEVEL)
    return [float(low), float(high)]
