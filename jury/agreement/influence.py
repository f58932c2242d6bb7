"""What single units do to a coefficient: its value without them, in closed form per pattern."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from jury.agreement.cells import Cells
from jury.agreement.statistic import Statistic, features, totals
from jury.agreement.table import PatternTable


def influence(table: PatternTable, statistic: Statistic) -> tuple[float | None, ...]:
    """Return, per pattern, the coefficient without one unit of it, less the coefficient.

    A positive number is what one such unit costs. None where the coefficient is undefined with
    or without the unit.
    """
    everything = totals(table, statistic)[None, :]
    whole = statistic.value(everything)[0]
    found: list[float | None] = []
    for _, cells in table.blocks(statistic.width(len(table.values))):
        changes = statistic.value(everything - features(cells, statistic)) - whole
        found += [None if np.isnan(change) else float(change) for change in changes]
    return tuple(found)


def cost(table: PatternTable, statistic: Statistic, units: Mapping[int, int]) -> float | None:
    """Return the coefficient without some units together, less the coefficient with them.

    Args:
        table: The patterns of all units.
        statistic: The coefficient.
        units: How many units are taken out, by the number of their pattern.
    """
    rows = np.fromiter(units.keys(), np.int64, len(units))
    many = np.fromiter(units.values(), np.float64, len(units))
    everything = totals(table, statistic)
    without = everything - many @ features(Cells.of(table.counts[rows]), statistic)
    change = np.diff(statistic.value(np.stack((everything, without))))[0]
    return None if np.isnan(change) else float(change)
