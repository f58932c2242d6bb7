"""Votes as rows, and what is done to them before anything is counted.

In this order: empty and missing labels are left out, sets are written in one way, a second vote
of a rater on an item is refused or resolved.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from jury.agreement.errors import BadSet, MixedRater, SecondVote

Duplicates = Literal["refuse", "first", "last"]
EMPTY_SET: Final = "none"
# Squares of larger numbers could overflow.
_LARGEST: Final = 1e100


@dataclass(frozen=True, slots=True)
class VoteRow:
    """One label of one rater on one item.

    Attributes:
        item: What was judged.
        rater: Who judged it.
        label: The answer; empty means that none was given.
        kind: `human` or `juror`.
        line: Where the row starts in its file; 0 when it came from none.
    """

    item: str
    rater: str
    label: str
    kind: str = "human"
    line: int = 0


def clean(
    votes: Iterable[VoteRow],
    *,
    missing: Collection[str] = (),
    sets: str | None = None,
    duplicates: Duplicates = "refuse",
) -> list[VoteRow]:
    """Return the votes that count, in their order.

    Args:
        votes: The rows as read.
        missing: Labels that mean "no answer"; an empty label does too, but for sets.
        sets: The separator of set-valued labels; an empty set becomes `none`.
        duplicates: Which of two votes of a rater on an item is kept, or `refuse`.

    Raises:
        SecondVote: On a second vote, when they are refused.
        MixedRater: On a rater name with votes of both kinds.
        BadSet: On `none` beside other members.
    """
    given = [_with_line(vote, number) for number, vote in enumerate(votes, start=1)]
    given = [vote for vote in given if vote.label not in missing]
    if sets is None:
        given = [vote for vote in given if vote.label]
    else:
        given = [replace(vote, label=_canonical(vote, sets)) for vote in given]
    _one_kind_each(given)
    return _one_vote_each(given, duplicates)


def members(label: str, separator: str) -> tuple[str, ...]:
    """Return the sorted members of a set-valued label; the empty set is `("none",)`."""
    found = {part.strip() for part in label.split(separator)} - {""}
    return tuple(sorted(found)) or (EMPTY_SET,)


def natural_order(values: Iterable[str]) -> list[str]:
    """Return values sorted as numbers when all are, else as text."""
    found = list(values)
    points = as_numbers(found)
    if points is None:
        return sorted(found)
    return [value for _, value in sorted(zip(points, found, strict=True))]


def as_numbers(values: Sequence[str]) -> list[float] | None:
    """Return the values as finite numbers, None when one of them is not."""
    try:
        points = [float(value) for value in values]
    except ValueError:
        return None
    return points if all(abs(point) <= _LARGEST for point in points) else None


def _with_line(vote: VoteRow, number: int) -> VoteRow:
    return vote if vote.line else replace(vote, line=number)


def _canonical(vote: VoteRow, separator: str) -> str:
    found = members(vote.label, separator)
    if EMPTY_SET in found and len(found) > 1:
        message = f"{EMPTY_SET!r} stands beside other members in {vote.label!r}"
        raise BadSet(message, line=vote.line)
    return separator.join(found)


def _one_kind_each(votes: Iterable[VoteRow]) -> None:
    kinds: dict[str, str] = {}
    for vote in votes:
        if kinds.setdefault(vote.rater, vote.kind) != vote.kind:
            message = f"rater {vote.rater!r} is both human and juror"
            raise MixedRater(message, line=vote.line)


def _one_vote_each(votes: Iterable[VoteRow], duplicates: Duplicates) -> list[VoteRow]:
    kept: dict[tuple[str, str], VoteRow] = {}
    for vote in votes:
        key = (vote.item, vote.rater)
        if key in kept and duplicates == "refuse":
            message = f"a second vote of rater {vote.rater!r} on item {vote.item!r}"
            raise SecondVote(message, line=vote.line)
        if key not in kept or duplicates == "last":
            kept[key] = vote
    return list(kept.values())
