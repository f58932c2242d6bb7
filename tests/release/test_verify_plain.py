"""The plain referee and the package of coefficients, each written apart, say the same."""

from __future__ import annotations

import numpy as np
import pytest

from annotator.flow.verify_plain import PLAIN
from annotator.quality.queries.intervals import NOBODY
from jury.agreement.report import table_report
from jury.agreement.statistic import Coefficient
from jury.agreement.table import table_from_counts

KINDS = dict.fromkeys(("human", "juror", "human_juror"), Coefficient(None, "", 0, 0))


@pytest.mark.parametrize("seed", range(8))
def test_both_say_the_same_of_any_units(seed: int) -> None:
    rng = np.random.default_rng(seed)
    width = int(rng.integers(1, 5))
    units = {
        tuple(int(n) for n in rng.integers(0, 4, width)): int(rng.integers(1, 9))
        for _ in range(rng.integers(1, 12))
    }
    document = table_report(
        table_from_counts(units.items(), [f"v{n}" for n in range(width)]),
        NOBODY,
        KINDS,
        bootstrap=0,
    )
    for name, compute in PLAIN.items():
        computed = compute(units)
        if computed is None:
            assert document[name] is None, name
        else:
            assert document[name] == pytest.approx(computed, abs=1e-12), name
