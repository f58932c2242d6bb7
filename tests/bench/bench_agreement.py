"""The statistics at full size, in CPU seconds against their bars. By hand:

`python -m tests.bench.bench_agreement`. Each line is the first run of its kind in this process.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import numpy as np

from jury.agreement.alpha import Nominal
from jury.agreement.columns import Columns, Ints
from jury.agreement.diagnostics import dawid_skene
from jury.agreement.interval import intervals
from jury.agreement.statistic import evaluate
from jury.agreement.table import table_from_codes

LABELS = 5


def votes(units: int, raters: int) -> tuple[Ints, Ints, Ints]:
    """Return units, raters and binary values with one in five labels wrong."""
    rng = np.random.default_rng(1)
    unit = np.repeat(np.arange(units), LABELS)
    rater = ((rng.integers(0, raters, (units, 1)) + np.arange(LABELS)) % raters).ravel()
    truth = rng.random(units) < 0.2
    return unit, rater, (truth[unit] ^ (rng.random(len(unit)) < 0.2)).astype(np.int64)


def alpha_with_interval(unit: Ints, value: Ints, units: int) -> object:
    table = table_from_codes(unit, value, ("no", "yes"), units)
    return evaluate(table, Nominal()), intervals(table, {"alpha": Nominal()})


def measure(name: str, bar: float, work: Callable[[], object]) -> None:
    start = time.process_time()
    work()
    used = time.process_time() - start
    print(f"{name:<52}{used:7.3f} s  bar {bar:.2f} s  ratio {used / bar:.2f}")  # noqa: T201


def main() -> None:
    # Imports that numpy puts off are no part of the work.
    tiny, _, some = votes(10, 5)
    alpha_with_interval(tiny, some, 10)
    unit, rater, value = votes(1_000_000, 100)
    measure(
        "alpha and interval, 1M units", 0.15, lambda: alpha_with_interval(unit, value, 1_000_000)
    )
    few, _, first = votes(100_000, 100)
    categories = [np.roll(first, shift) for shift in range(21)]
    measure(
        "the same, 21 categories, 100k units",
        0.3,
        lambda: [alpha_with_interval(few, one, 100_000) for one in categories],
    )
    names = tuple(map(str, range(1_000_000)))
    for raters in (100, 5):
        _, rater, _ = votes(1_000_000, raters)
        people = tuple(f"r{number:03}" for number in range(raters))
        columns = Columns(unit, rater, value, names, people, ("no", "yes"))
        measure(
            f"Dawid-Skene, 10 steps, 1M units, {raters} raters",
            1.0,
            partial(dawid_skene, columns, steps=10, tolerance=0),
        )


if __name__ == "__main__":
    main()
