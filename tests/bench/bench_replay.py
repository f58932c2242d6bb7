"""The bars of the panel policy on DICES-350, each beside what was measured. By hand:

`python -m tests.bench.bench_replay [--seeds 20]`. Each row says where the balanced accuracy ended,
so that a saving bought with worse answers can be seen.
"""

from __future__ import annotations

import argparse
import time
from typing import Any, Final

from annotator.core.votefile import read_votes
from jury.policy.replay.case import Case, Jury, SimulatedJury, read_case
from jury.policy.replay.report import ReplayPlan, replay
from tests.golden.conftest import SHARED

K: Final = "5"
JURIES: Final[dict[str, tuple[Jury, float]]] = {
    "no jury": (None, 0.37),
    "three jurors of .7, alone .75": (SimulatedJury((0.7, 0.7, 0.7), 0.4), 0.50),
}
USELESS: Final[dict[str, Jury]] = {
    "a random juror": SimulatedJury((0.5,)),
    "an adverse juror": SimulatedJury((0.3,)),
    "three random jurors": SimulatedJury((0.5, 0.5, 0.5), 0.4),
    "one adverse of three": SimulatedJury((0.7, 0.7, 0.3)),
}


def played(case: Case, jury: Jury, seeds: int, *, carry: bool = True) -> dict[str, Any]:
    """Return the report for k = 5 with what the run took."""
    start = time.process_time()
    found = replay(case, jury, ReplayPlan((3, 5), seeds, carry=carry))
    return {**found["k"][K], "all": found, "seconds": time.process_time() - start}


def row(name: str, found: dict[str, Any], bar: str) -> None:
    """Print one row: saving and interval, balanced accuracies, the bar."""
    policy, fixed = found["policy"], found["fixed"]
    low, high = policy["saving_ci95"]
    alone = found["all"]["jury_alone"]
    print(  # noqa: T201
        f"{name:<44}{policy['saving']:>7.1%} [{low:.1%}, {high:.1%}]  balanced "
        f"{policy['balanced_accuracy']:.4f} (fixed {fixed['balanced_accuracy']:.4f})  "
        f"F1 {policy['f1']:.3f} (fixed {fixed['f1']:.3f})  jury alone "
        f"{'-' if alone is None else f'{alone:.3f}'}  bar {bar}  {found['seconds']:.1f} s CPU"
    )


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    seeds = parser.parse_args().seeds
    votes = read_votes(SHARED / "data" / "dices" / "votes.csv")
    case = read_case(votes, positive=["Yes"])
    base = played(case, None, seeds)
    whole = base["all"]
    print(  # noqa: T201
        f"DICES-350, {seeds} seeds: {whole['truth_units']} units, positive "
        f"{whole['positive_rate']:.1%}, constant baseline {whole['constant_baseline']:.1%}; "
        "labels fewer than fixed-5, at its balanced accuracy"
    )
    for name, (jury, bar) in JURIES.items():
        row(name, played(case, jury, seeds), f">= {bar:.0%}")
        row(f"{name}, no first fit", played(case, jury, seeds, carry=False), "-")
    for name, useless in USELESS.items():
        found = played(case, useless, seeds)
        more = found["policy"]["labels"] / base["policy"]["labels"] - 1
        row(f"{name}: {more:+.1%} labels", found, "<= +5.0%")
    curtailed = whole["k"]["3"]["curtailed"]["saving"]
    print(f"{'curtailment of fixed-3, labels identical':<44}{curtailed:>7.1%}  bar >= 20%")  # noqa: T201


if __name__ == "__main__":
    main()
