"""What may be wrong with votes handed to the statistics.

VotesError
├── SecondVote        a rater voted twice on one item (line)
├── MixedRater        a rater is both a person and a juror (line)
├── BadSet            "none" stands beside other categories (line)
├── BadOrder          the order repeats a value, or leaves out one that occurs
├── BadTree           a category is its own ancestor
└── BadCounts         pattern counts of unequal width, or negative
"""

from __future__ import annotations


class VotesError(ValueError):
    """Votes that no statistic can be made of. `line` is None where no single row is at fault."""

    def __init__(self, message: str, *, line: int | None = None) -> None:
        """Keep the line of the votes file (or the row, counted from 1)."""
        super().__init__(message if line is None else f"line {line}: {message}")
        self.line = line


class SecondVote(VotesError):
    """A second vote of a rater on an item."""


class MixedRater(VotesError):
    """One rater name with votes of both kinds."""


class BadSet(VotesError):
    """A set that holds "none" and something else."""


class BadOrder(VotesError):
    """An order that does not fit the values."""


class BadCounts(VotesError):
    """Counts that cannot be a table of patterns."""


class BadTree(VotesError):
    """A category tree with a circle."""
