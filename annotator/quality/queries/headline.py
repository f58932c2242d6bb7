"""Which coefficient stands for a scope, and what its distances need to know."""

from __future__ import annotations

from annotator.quality.patterns import FINE, SEPARATOR, SETS, parents_at
from annotator.quality.queries.population import Scope
from jury.agreement.alpha import Nominal, masi, ordinal
from jury.agreement.statistic import Counted, Statistic


def headline_name(scope: Scope) -> str:
    """Return the name of a scope's headline among the coefficients of its document."""
    if scope.level in SETS:
        return "alpha_masi"
    return "alpha_ordinal" if scope.ordinal else "alpha_nominal"


def headline(scope: Scope, table: Counted) -> Statistic:
    """Return a level's headline: ordinal alpha where values have an order, MASI for sets."""
    if scope.level in SETS:
        return masi(table.values, SEPARATOR)
    if scope.ordinal and scope.values is not None:
        return ordinal(table.values, [*scope.values, *sorted({*table.values} - {*scope.values})])
    return Nominal()


def parents_of(scope: Scope) -> dict[str, str] | None:
    """Return the parents of the categories, where a level's sets are of all of them."""
    return parents_at(scope.project.taxonomy, scope.level) if scope.level == FINE else None
