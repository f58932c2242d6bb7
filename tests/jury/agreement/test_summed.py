"""A table by its sums says what the table of patterns says, of any votes on sets."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from jury.agreement.coincidences import Coincidences, Key
from jury.agreement.columns import columns
from jury.agreement.kinds import by_kind, kinds_of
from jury.agreement.report import Raters, table_report
from jury.agreement.rows import VoteRow
from jury.agreement.statistic import Coefficient
from jury.agreement.summed import SummedTable
from jury.agreement.table import table_from_columns

SETS = ("none", "fraud", "fraud|threat", "malware", "threat", "malware|threat", "fraud|odd")
PARENTS = {"fraud": "other", "malware": "other"}
RATERS = Raters(3, Coefficient(0.5, "", 1, 2), 1)


def votes(seed: int) -> list[VoteRow]:
    """Return votes of people and jurors: zero to four a unit of each, of some of the sets."""
    rng = np.random.default_rng(seed)
    known = SETS[: int(rng.integers(1, len(SETS) + 1))]
    return [
        VoteRow(f"u{unit}", f"{kind}{n}", str(rng.choice(known)), kind)
        for unit in range(int(rng.integers(1, 30)))
        for kind in ("human", "juror")
        for n in range(int(rng.integers(0, 5)))
    ]


def summed(rows: list[VoteRow], *kinds: str) -> SummedTable:
    """Return the sums of votes of these kinds."""
    taken = Coincidences("|", PARENTS)
    sums: Counter[Key] = Counter()
    for unit in {row.item for row in rows}:
        said = {
            kind: Counter(row.label for row in rows if (row.item, row.kind) == (unit, kind))
            for kind in ("human", "juror")
        }
        both: Counter[str] = Counter()
        for kind in kinds:
            both += said[kind]
        for key, n in (*taken.of(both), *taken.across(said["human"], said["juror"])):
            sums[key] += n
    return SummedTable.of(sums.items())


@pytest.mark.parametrize("seed", range(40))
def test_every_figure_is_that_of_the_patterns(seed: int) -> None:
    rows = votes(seed)
    given = columns((row.item, row.rater, row.label) for row in rows)
    kinds = by_kind(rows, given, "|")
    options = {"sets": "|", "parents": PARENTS, "bootstrap": 0}
    expected = table_report(table_from_columns(given), RATERS, kinds, **options)  # type: ignore[arg-type] # as named
    both = summed(rows, "human", "juror")
    people, jurors = summed(rows, "human"), summed(rows, "juror")
    found = table_report(both, RATERS, kinds_of(people, jurors, both, sets="|"), **options)  # type: ignore[arg-type] # as named
    assert found["values"] == expected["values"]
    assert found["reason"] == expected["reason"]
    assert flat(found) == pytest.approx(flat(expected), abs=1e-12)


def flat(value: object, name: str = "") -> dict[str, object]:
    """Return the figures of a document by their place."""
    if isinstance(value, dict):
        parts = [flat(each, f"{name}.{key}") for key, each in value.items() if key != "reason"]
        return {key: each for part in parts for key, each in part.items()}
    return {} if isinstance(value, list) else {name: value}


def test_no_votes_are_no_table() -> None:
    nothing = SummedTable.of(())
    assert (nothing.n_units, nothing.totals, nothing.prevalence()) == (0, {}, {})
    assert nothing.between(np.eye(0)).value is None


def test_a_vote_changes_as_much_as_it_takes_back() -> None:
    """Sums of a unit before, taken off, and after, added, are those of the units as they are."""
    taken = Coincidences("|", PARENTS)
    before, now = {"fraud": 2, "none": 1}, {"fraud": 2, "none": 1, "fraud|threat": 1}
    other = {"malware": 1, "none": 2}
    sums = Counter(dict(taken.of(before)))
    for said, sign in ((other, 1), (before, -1), (now, 1)):
        for key, n in taken.of(said):
            sums[key] += sign * n
    expected = Counter(dict(taken.of(now)))
    for key, n in taken.of(other):
        expected[key] += n
    assert +sums == expected
