from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from jury.agreement.alpha import Nominal, interval, masi, ordinal
from jury.agreement.cells import Cells
from jury.agreement.columns import Floats, columns
from jury.agreement.interval import intervals
from jury.agreement.kappa import Fleiss, GwetAC1, PercentAgreement, modal_raters
from jury.agreement.statistic import Statistic, features, totals
from jury.agreement.sums import Sums
from jury.agreement.table import PatternTable, table_from_columns
from tests.jury.agreement.cases import VALUES, Triple, random_columns, triples


def several(table: PatternTable) -> dict[str, Statistic]:
    """Every kind: with few and many columns of its own, with and without the counts."""
    numbers = interval(table.values)
    assert numbers is not None
    return {
        "percent": PercentAgreement(),
        "nominal": Nominal(),
        "ac1": GwetAC1(),
        "fleiss": Fleiss(modal_raters(table)),
        "interval": numbers,
        "ordinal": ordinal(table.values, [*VALUES, *sorted({*table.values} - {*VALUES})]),
        "masi": masi(table.values, "|"),
    }


def plain(table: PatternTable, statistic: Statistic) -> Floats:
    """The own columns by loops over single labels, then the counts."""
    rows = []
    for counts in table.counts.tolist():
        here = table.counts[:1] * 0 + counts
        usable = sum(counts) >= 2
        own = statistic.own(Cells.of(here))[0] if usable else np.zeros(statistic.width(len(counts)))
        factor = statistic.factor(Cells.of(here))
        rows.append([*own, *(np.array(counts) * factor[0] if factor is not None else [])])
    return np.array(rows).reshape(len(rows), -1)


@given(triples())
def test_sums_are_those_of_every_pattern_by_itself(votes: list[Triple]) -> None:
    table = table_from_columns(columns(votes))
    weights = np.random.default_rng(1).integers(0, 9, size=(3, len(table.counts))).astype(float)
    chosen = several(table)
    together = Sums.of(table, chosen).under(weights)
    for name, statistic in chosen.items() if len(table.counts) else ():
        expected = plain(table, statistic)
        assert features(table.cells, statistic) == pytest.approx(expected)
        assert totals(table, statistic) == pytest.approx(table.weights @ expected)
        width = expected.shape[1]
        assert together[name][:, :width] == pytest.approx(weights @ expected)
        assert not together[name][:, width:].any()


def test_disagreement_within_a_unit_is_counted_pair_by_pair() -> None:
    table = numbered(60, values=4, most=6)
    distance = interval(table.values)
    assert distance is not None
    found = distance.own(table.cells)[:, 0]
    for pattern, counts in enumerate(table.counts.tolist()):
        labels = [value for value, n in enumerate(counts) for _ in range(n)]
        apart = sum(distance.distance[a, b] for a in labels for b in labels)
        assert found[pattern] == pytest.approx(apart / (len(labels) - 1) if apart else 0.0)


def test_a_table_that_is_summed_in_parts_gives_the_same() -> None:
    table = numbered(24_000, values=300, most=3)
    assert len(table.counts) * len(table.values) > 4_000_000
    usable = table.counts[table.sizes >= 2]
    weights = table.weights[table.sizes >= 2].astype(float)
    sizes = usable.sum(axis=1)
    squares = (usable**2).sum(axis=1)
    within = weights @ ((sizes**2 - squares) / (sizes - 1))
    found = totals(table, Nominal())
    assert found == pytest.approx([within, *(weights @ usable)])
    drawn = table.weights[None, :].astype(float)
    assert Sums.of(table, {"a": Nominal()}).prepared == ()
    assert Sums.of(table, {"a": Nominal()}).under(drawn)["a"][0] == pytest.approx(found)


def test_an_interval_has_the_same_digits_alone_and_among_others() -> None:
    table = numbered(500, values=4, most=5)
    together = intervals(table, several(table), replicates=200)
    for name, statistic in several(table).items():
        assert intervals(table, {name: statistic}, replicates=200)[name] == together[name]


def numbered(units: int, *, values: int, most: int) -> PatternTable:
    """Return a table of random votes that are numbers."""
    votes = random_columns(units, units=units, values=values, most=most)
    return table_from_columns(
        replace(votes, values=tuple(str(n) for n in range(len(votes.values))))
    )
