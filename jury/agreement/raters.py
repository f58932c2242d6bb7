"""The report of the command `raters`: plain JSON values from rows of votes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from jury.agreement.columns import columns
from jury.agreement.diagnostics import DawidSkene, dawid_skene
from jury.agreement.rows import Duplicates, VoteRow, clean


def raters_report(
    votes: Sequence[VoteRow],
    *,
    missing: Collection[str] = (),
    duplicates: Duplicates = "refuse",
) -> dict[str, Any]:
    """Return what Dawid-Skene says about the raters of a file of votes; never the truth of a unit.

    Raises:
        VotesError: Naming the line of a vote that cannot stand.
    """
    rows = clean(votes, missing=missing, duplicates=duplicates)
    if not rows:
        return {"log_likelihood": [], "converged": False, "units": {}, "raters": {}}
    given = columns((row.item, row.rater, row.label) for row in rows)
    fit = dawid_skene(given)
    return {
        "log_likelihood": list(fit.log_likelihood),
        "converged": fit.converged,
        "units": {
            unit: dict(zip(fit.values, shares, strict=True))
            for unit, shares in zip(given.units, fit.posterior.tolist(), strict=True)
        },
        "raters": {one["rater"]: one["seen"] for one in _raters(fit)},
    }


def _raters(fit: DawidSkene) -> Iterable[dict[str, Any]]:
    for rater in fit.raters:
        confusion = {
            hidden: None if row is None else dict(zip(fit.values, row, strict=True))
            for hidden, row in zip(fit.values, rater.confusion, strict=True)
        }
        seen = {
            "n": rater.n,
            "accuracy": rater.accuracy,
            "distinction": rater.distinction,
            "confusion": confusion,
        }
        yield {"rater": rater.rater, "seen": seen}
