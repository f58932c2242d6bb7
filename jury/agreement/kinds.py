"""Agreement among people, among jurors and between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from jury.agreement.alpha import Nominal, masi, set_distance
from jury.agreement.columns import Columns, Floats
from jury.agreement.kappa import between_groups
from jury.agreement.rows import VoteRow
from jury.agreement.sides import Sides
from jury.agreement.statistic import Coefficient, Counted, evaluate
from jury.agreement.summed import SummedTable
from jury.agreement.table import table_from_columns

NO_LABELS: Final = "no labels of this kind"


def by_kind(rows: Sequence[VoteRow], given: Columns, sets: str | None) -> dict[str, Coefficient]:
    """Return alpha (MASI for sets) among people and among jurors, and the kappa between them."""
    is_juror = np.array([row.kind == "juror" for row in rows], dtype=bool)
    groups = {"human": given.only(~is_juror), "juror": given.only(is_juror)}
    found = {kind: _alpha_of(votes, sets) for kind, votes in groups.items()}
    likeness = _likeness(given.values, sets)
    found["human_juror"] = between_groups(groups["human"], groups["juror"], likeness)
    return found


def kinds_of(
    people: Counted, jurors: Counted, both: Sides | SummedTable, *, sets: str | None = None
) -> dict[str, Coefficient]:
    """Return the coefficients of `by_kind` from tables.

    Args:
        people: What people said.
        jurors: What jurors said.
        both: What both said of each unit.
        sets: Separator of set-valued labels.
    """
    return {
        "human": _alpha_in(people, sets),
        "juror": _alpha_in(jurors, sets),
        "human_juror": both.between(_likeness(both.values, sets)),
    }


def _alpha_of(votes: Columns, sets: str | None) -> Coefficient:
    return _alpha_in(table_from_columns(votes), sets)


def _alpha_in(table: Counted, sets: str | None) -> Coefficient:
    if not table.totals:
        return Coefficient(None, NO_LABELS, 0, 0)
    return evaluate(table, Nominal() if sets is None else masi(table.values, sets))


def _likeness(values: Sequence[str], sets: str | None) -> Floats:
    if sets is None:
        return np.eye(len(values))
    return 1.0 - set_distance(values, sets, masi_weights=True)
