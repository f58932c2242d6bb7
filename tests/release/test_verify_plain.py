"""The plain referee and the package of coefficients, each written apart, say the same."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from annotator.flow.verify_alpha import distances
from annotator.flow.verify_plain import PLAIN, cohen, kappa_between, mean
from annotator.quality.queries.intervals import NOBODY
from jury.agreement.columns import columns
from jury.agreement.kappa import cohen_pairs, mean_kappa
from jury.agreement.report import report, table_report
from jury.agreement.rows import VoteRow
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


SETS = ("none", "threat", "threat|violence", "violence")


@pytest.mark.parametrize("seed", range(8))
def test_both_say_the_same_of_people_beside_jurors(seed: int) -> None:
    """From votes, of groups of any sizes; some units are judged by one group only."""
    rng = np.random.default_rng(seed)
    given = Counter[tuple[tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]]]()
    rows = []
    for unit in range(int(rng.integers(1, 12))):
        said = []
        for kind in ("human", "juror"):
            labels = [SETS[n] for n in rng.integers(0, len(SETS), rng.integers(0, 4))]
            rows += [VoteRow(f"u{unit}", f"{kind}{n}", x, kind) for n, x in enumerate(labels)]
            said.append(tuple(sorted(Counter(labels).items())))
        given[said[0], said[1]] += 1
    place = {value: n for n, value in enumerate(SETS)}
    apart = distances(SETS, "masi")
    computed = kappa_between(given, lambda one, other: apart[place[one]][place[other]])
    stored = report(rows, sets="|", bootstrap=0)["by_kind"]["human_juror"]
    assert stored is None if computed is None else stored == pytest.approx(computed, abs=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_both_say_the_same_of_each_two_raters(seed: int) -> None:
    rng = np.random.default_rng(seed)
    votes = [
        (f"u{unit}", f"r{rater}", SETS[int(rng.integers(0, seed % 4 + 1))])
        for unit in range(12)
        for rater in range(3)
        if rng.random() < 0.7
    ]
    said = {(unit, rater): value for unit, rater, value in votes}
    kappas = []
    for one, other in (("r0", "r1"), ("r0", "r2"), ("r1", "r2")):
        both = [unit for unit, rater in said if rater == one and (unit, other) in said]
        kappas.append(cohen(Counter((said[unit, one], said[unit, other]) for unit in both)))
    found, pairs = mean_kappa(cohen_pairs(columns(votes)))
    computed, defined = mean(kappas)
    assert pairs == defined
    assert found.value is None if computed is None else found.value == pytest.approx(computed)
