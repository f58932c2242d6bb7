"""The bars of the panel policy, row by row, each beside what was measured. By hand:

`python -m tests.bench.bench_replay [--seeds 20]`. Each row says where the balanced accuracy ended
against the fixed rule's, so that a saving bought with worse answers can be seen. The same code then
runs unchanged on data of another kind: the other real files, and generated votes with other rates of
positives, 3 to 123 raters, votes left out and ids that are text.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from annotator.core.votefile import read_votes
from jury.agreement.rows import VoteRow
from jury.policy.replay.case import Case, Jury, SimulatedJury, read_case
from jury.policy.replay.report import replay
from jury.policy.replay.run import ReplayPlan, run
from tests.golden.conftest import SHARED

DATA: Final = SHARED / "data"
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
MIXED: Final[dict[str, SimulatedJury]] = {
    "a juror of .85 in A, .15 in B": SimulatedJury((0.85,), 0.0, ((0.15,),)),
    "a juror of .85 in A, .4 in B": SimulatedJury((0.85,), 0.0, ((0.4,),)),
}


@dataclass(frozen=True, slots=True)
class Made:
    """Votes that are made up: Beta(a, b) shares of positives, some votes left out."""

    units: int
    raters: int
    a: float
    b: float
    missing: float

    def case(self) -> Case:
        rng = np.random.default_rng(self.units + self.raters)
        share = rng.beta(self.a, self.b, self.units)
        said = rng.random((self.units, self.raters)) < share[:, None]
        given = rng.random(said.shape) >= self.missing
        rows = [
            VoteRow(f"item-{u:05} é", f"Rater No. {r}", "bad" if said[u, r] else "fine")
            for u, r in np.argwhere(given).tolist()
        ]
        return read_case(rows, positive=["bad"])


OTHERS: Final[dict[str, tuple[Made, str]]] = {
    "123 raters, few positives, 20 % missing": (Made(600, 123, 0.6, 3.0, 0.2), "5"),
    "25 raters, half positive": (Made(300, 25, 1.5, 1.5, 0.1), "5"),
    "11 raters, 33 % missing": (Made(600, 11, 1.0, 2.5, 0.33), "3"),
    "3 raters": (Made(1000, 3, 0.7, 2.0, 0.0), "3"),
}


def played(case: Case, jury: Jury, k: str, seeds: int) -> dict[str, Any]:
    """Return the report for one k with what the run took."""
    start = time.process_time()
    found = replay(case, jury, ReplayPlan((int(k),), seeds))
    return {**found["k"][k], "all": found, "seconds": time.process_time() - start}


def head(name: str, found: dict[str, Any], k: str, seeds: int) -> None:
    """Print what the rows below are about."""
    whole = found["all"]
    print(  # noqa: T201
        f"\n{name}, {seeds} seeds: {whole['truth_units']} units, positive "
        f"{whole['positive_rate']:.1%}, always the larger class {whole['constant_baseline']:.1%} "
        f"right (balanced accuracy 50 %, F1 0 where it is the negative one); labels fewer than "
        f"fixed-{k}, which has balanced accuracy {found['fixed']['balanced_accuracy']:.4f}, "
        f"F1 {found['fixed']['f1']:.3f}"
    )


def row(name: str, found: dict[str, Any], bar: str) -> None:
    """Print one row: saving, balanced accuracy against the fixed rule's, F1, the bar."""
    policy, alone = found["policy"], found["all"]["jury_alone"]
    (low, high), (least, most) = policy["saving_ci95"], policy["gap_ci95"]
    print(  # noqa: T201
        f"{name:<42}{policy['saving']:>7.1%} [{low:.1%}, {high:.1%}]  balanced "
        f"{policy['balanced_accuracy']:.4f} ({policy['gap']:+.4f} [{least:+.3f}, {most:+.3f}])  "
        f"F1 {policy['f1']:.3f}  jury alone {'-' if alone is None else f'{alone:.3f}'}  "
        f"bar {bar}  {found['seconds']:.1f} s CPU"
    )


def by_topic(case: Case, jury: SimulatedJury, seeds: int, usual: float) -> str:
    """Return the labels of each topic's units against those without a jury."""
    labels, units = np.zeros(1 + len(jury.elsewhere)), np.zeros(1 + len(jury.elsewhere))
    for seed in range(seeds):
        one = run(case, jury, ReplayPlan((5,), seeds), seed)
        labels += np.bincount(one.topic, one.panel[5][0], len(labels))
        units += np.bincount(one.topic, minlength=len(units))
    changes = labels / units / usual - 1
    return ", ".join(f"{'AB'[at]} {change:+.1%}" for at, change in enumerate(changes))


def dices(seeds: int) -> None:
    """Print the rows of the real data that the bars are about."""
    case = read_case(read_votes(DATA / "dices" / "votes.csv"), positive=["Yes"])
    base = played(case, None, "5", seeds)
    head("DICES-350", base, "5", seeds)
    for name, (jury, bar) in JURIES.items():
        row(name, played(case, jury, "5", seeds), f">= {bar:.0%}")
    without = base["policy"]["labels"]
    for name, useless in (USELESS | MIXED).items():
        found = played(case, useless, "5", seeds)
        row(f"{name}: {found['policy']['labels'] / without - 1:+.1%}", found, "<= +5.0% labels")
    for name, mixed in MIXED.items():
        changes = by_topic(case, mixed, seeds, without / case.units)
        print(f"  {name}, labels by what the unit is about: {changes}")  # noqa: T201
    curtailed = played(case, None, "3", 1)["curtailed"]["saving"]
    print(f"{'curtailment of fixed-3, labels identical':<42}{curtailed:>7.1%}  bar >= 20%")  # noqa: T201


def elsewhere(seeds: int) -> None:
    """Print the same rows on data of another kind."""
    severity = read_votes(DATA / "convabuse" / "votes_severity.csv")
    judges = read_votes(DATA / "do-not-answer" / "votes_judges.csv")
    cases = {
        "ConvAbuse, 3 of 8 experts each": (read_case(severity, positive=["-1", "-2", "-3"]), "3"),
        "Do-Not-Answer, three judges as raters": (read_case(judges, positive=["5", "6"]), "3"),
        **{name: (made.case(), k) for name, (made, k) in OTHERS.items()},
    }
    for name, (case, k) in cases.items():
        few = seeds if case.units < 2000 else min(seeds, 4)
        base = played(case, None, k, few)
        head(name, base, k, few)
        row("no jury", base, "-")
        row(
            "three jurors of .7",
            played(case, JURIES["three jurors of .7, alone .75"][0], k, few),
            "-",
        )
        found = played(case, USELESS["a random juror"], k, few)
        more = found["policy"]["labels"] / base["policy"]["labels"] - 1
        row(f"a random juror: {more:+.1%}", found, "<= +5.0% labels")
        saved = base["curtailed"]["saving"]
        print(f"{f'curtailment of fixed-{k}, labels identical':<42}{saved:>7.1%}")  # noqa: T201


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--only", choices=["dices", "elsewhere"])
    options = parser.parse_args()
    if options.only != "elsewhere":
        dices(options.seeds)
    if options.only != "dices":
        elsewhere(options.seeds)


if __name__ == "__main__":
    main()
