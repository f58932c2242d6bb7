"""`python -m tests.bench.bench_whatif [--units N]`: cases, a what-if and the slider, in CPU and memory.

The facts are made while they are read, as from a database, so that only the cases stay.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Iterator

import numpy as np

from jury.policy.cases import Cases
from jury.policy.facts import ItemFacts, UnitFacts, Vote
from jury.policy.rates import Rates
from jury.policy.registry import load_policy
from jury.policy.whatif import LABELS_AN_ERROR, study
from jury.verdict import PRESETS, Answer
from tests.jury.policy.cases import TAXONOMY

SAFE = Answer("safe")
HARMS = tuple(Answer("unsafe", each) for each in (("harassment",), ("threat",), ("weapons",)))


def facts(units: int) -> Iterator[ItemFacts]:
    """Yield units with three people's votes and three jurors', 12 % of them unsafe."""
    rng = np.random.default_rng(1)
    schema = PRESETS["safety"]
    people = [f"p{n}" for n in range(3)]
    for number in range(units):
        share = rng.beta(0.3, 2.2)
        unsafe = rng.random(6) < share
        harm = rng.integers(len(HARMS), size=6)
        votes = tuple(
            Vote(
                people[at % 3],
                "human" if at < 3 else "juror",
                HARMS[harm[at]] if unsafe[at] else SAFE,
            )
            for at in range(6)
        )
        unit = UnitFacts(
            number, "prompt", "safety", schema, votes, jurors_expected=3, jurors_done=3
        )
        yield ItemFacts(number, has_response=False, units=(unit,))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--units", type=int, default=200_000)
    units = parser.parse_args().units
    made = time.process_time()
    for _ in facts(units):
        pass
    made = time.process_time() - made
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    now = load_policy("majority", {}, taxonomy=TAXONOMY, overlap=3)
    panel = load_policy("panel", {"human_floor": 3}, taxonomy=TAXONOMY, overlap=3)
    cases = Cases((now, panel), overlap=3)
    began = time.process_time()
    for item in facts(units):
        cases.add(item)
    taken = time.process_time() - began - made
    began = time.process_time()
    report = study(cases, now, panel, Rates(any_seconds=20.0))
    studied = time.process_time() - began
    began = time.process_time()
    for labels in LABELS_AN_ERROR:
        options = {"human_floor": 3, "cost": 1 / labels}
        study(cases, now, load_policy("panel", options, taxonomy=TAXONOMY, overlap=3), Rates())
    slid = time.process_time() - began
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    sys.stdout.write(
        f"{units:,} units, {len(cases.cases):,} cases, {len(report.rows)} rows\n"
        f"taken in {taken:.1f} s CPU ({1e6 * taken / units:.0f} us a unit), "
        f"one what-if {studied:.2f} s, {len(LABELS_AN_ERROR)} prices {slid:.1f} s, "
        f"memory grown by {grown:.0f} MB\n"
    )


if __name__ == "__main__":
    main()
