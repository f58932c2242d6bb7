"""The report of the command `agreement`: plain JSON values from votes or from count patterns."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from jury.agreement.columns import columns
from jury.agreement.interval import Interval, intervals
from jury.agreement.kappa import cohen_mean
from jury.agreement.kinds import by_kind
from jury.agreement.rows import Duplicates, VoteRow, clean
from jury.agreement.scales import COEFFICIENTS, TREE, Scales, in_order, per_category, statistics
from jury.agreement.statistic import Coefficient, Counted, Statistic, evaluate
from jury.agreement.table import PatternTable, table_from_columns

NO_DRAWS: Final = "no replicates were asked for"
RARELY_DEFINED: Final = "undefined in more than a tenth of the replicates"


@dataclass(frozen=True, slots=True)
class Raters:
    """What no count pattern knows: how many raters there are, and Cohen's kappa between them.

    Attributes:
        n: How many; None where that is not known.
        cohen: The mean of Cohen's kappa over pairs of raters.
        pairs: Over how many it is defined.
    """

    n: int | None
    cohen: Coefficient
    pairs: int


def report(  # noqa: PLR0913 - the options of the command
    votes: Sequence[VoteRow],
    *,
    order: Sequence[str] | None = None,
    sets: str | None = None,
    parents: Mapping[str, str] | None = None,
    missing: Collection[str] = (),
    bootstrap: int = 1000,
    seed: int = 0,
    duplicates: Duplicates = "refuse",
) -> dict[str, Any]:
    """Return the agreement of a file of votes: every coefficient, None where undefined.

    `labels`, `raters`, `values` and `prevalence` describe all labels given; `units` and the
    coefficients the units with two labels or more. `reason` says why a coefficient is None,
    by its name (`by_kind.juror`, `ci95.ac1`, `per_category.x`).

    Args:
        votes: The rows.
        order: The values from lowest to highest, for the ordinal alpha.
        sets: Separator of set-valued labels.
        parents: The parent of each category that has one: `alpha_tree` is then reported too.
        missing: Labels that mean "no answer".
        bootstrap: Replicates of the intervals.
        seed: Of the draws.
        duplicates: What becomes of a second vote of a rater on an item.

    Raises:
        VotesError: Naming the line of a vote that cannot stand, or what the order leaves out.
    """
    rows = clean(votes, missing=missing, sets=sets, duplicates=duplicates)
    given = columns((row.item, row.rater, row.label) for row in rows)
    cohen, pairs = cohen_mean(given)
    return table_report(
        table_from_columns(given),
        Raters(len(given.raters), cohen, pairs),
        by_kind(rows, given, sets),
        order=order,
        sets=sets,
        parents=parents,
        bootstrap=bootstrap,
        seed=seed,
    )


def table_report(  # noqa: PLR0913 - a table and the options of the command
    table: Counted,
    raters: Raters,
    kinds: Mapping[str, Coefficient],
    *,
    order: Sequence[str] | None = None,
    sets: str | None = None,
    parents: Mapping[str, str] | None = None,
    bootstrap: int = 1000,
    seed: int = 0,
) -> dict[str, Any]:
    """Return the agreement of a table of patterns, in the form and digits of :func:`report`.

    Args:
        table: The count patterns, those of single labels included; of a table by its sums no
            interval can be drawn.
        raters: What the table cannot tell.
        kinds: The coefficients of `by_kind`.
        order: The values from lowest to highest, for the ordinal alpha.
        sets: Separator of set-valued labels.
        parents: The parent of each category that has one: `alpha_tree` is then reported too.
        bootstrap: Replicates of the intervals.
        seed: Of the draws.

    Raises:
        BadOrder: When the order leaves out a value that occurs, or repeats one.
    """
    scales = Scales(order, sets, parents)
    names = COEFFICIENTS if parents is None else (*COEFFICIENTS, TREE)
    chosen, reason = statistics(table, scales)
    found = {name: evaluate(table, statistic) for name, statistic in chosen.items()}
    found["cohen_kappa"] = raters.cohen
    found |= {f"by_kind.{kind}": one for kind, one in kinds.items()}
    categories = per_category(table, scales)
    found |= {f"per_category.{name}": one for name, (one, _) in categories.items()}
    replicates = bootstrap if isinstance(table, PatternTable) else 0
    drawn = _drawn(table, chosen, replicates, seed)
    reason |= {name: one.reason for name, one in found.items() if one.value is None}
    reason |= _without_interval(drawn, found, replicates)
    labels, shares = sum(table.totals.values()), table.prevalence()
    values = in_order(table.values, order)

    def value(name: str) -> float | None:
        return found[name].value if name in found else None

    return {
        "units": table.n_units,
        "raters": raters.n,
        "labels": labels,
        "values": values,
        "prevalence": {name: shares[name] for name in values},
        **{name: value(name) for name in names},
        "cohen_kappa": {"mean": raters.cohen.value, "pairs": raters.pairs},
        "ci95": {name: _pair(drawn.get(name)) for name in names},
        "per_category": {
            name: {"alpha": one.value, "n": n, "prevalence": n / labels}
            for name, (one, n) in categories.items()
        },
        "by_kind": {kind: value(f"by_kind.{kind}") for kind in ("human", "juror", "human_juror")},
        "reason": reason,
    }


def _drawn(
    table: Counted, chosen: Mapping[str, Statistic], replicates: int, seed: int
) -> Mapping[str, Interval | None]:
    if isinstance(table, PatternTable):
        return intervals(table, chosen, replicates=replicates, seed=seed)
    return dict.fromkeys(chosen)


def _without_interval(
    drawn: Mapping[str, Interval | None], found: Mapping[str, Coefficient], replicates: int
) -> dict[str, str]:
    why = RARELY_DEFINED if replicates > 0 else NO_DRAWS
    return {f"ci95.{name}": found[name].reason or why for name, one in drawn.items() if one is None}


def _pair(one: Interval | None) -> list[float] | None:
    return None if one is None else [one.low, one.high]
