"""Counting votes: collapsed verdicts, the exact value inside the winning class, categories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from jury.policy.decision import CategoryCount
from jury.verdict import Answer, Caution, QuestionSchema


@dataclass(frozen=True, slots=True)
class Lead:
    """The collapsed value with the most votes; a draw at the top is led by nobody.

    Attributes:
        value: The collapsed value, empty on a draw or without votes.
        votes: Its votes, or those of each value in the draw.
        of: All votes.
    """

    value: str
    votes: int
    of: int

    @property
    def share(self) -> float | None:
        """The share of the votes, None without votes."""
        return self.votes / self.of if self.of else None

    @property
    def majority(self) -> bool:
        """Whether it has strictly more than half of the votes; 1-1-1 is no majority."""
        return bool(self.value) and self.votes * 2 > self.of


@dataclass(frozen=True, slots=True)
class CategoryTally:
    """The categories of the voters in the winning class who were asked for any."""

    counts: tuple[CategoryCount, ...] = ()
    of: int = 0

    @property
    def majority(self) -> tuple[str, ...]:
        """The categories that more than half chose, sorted."""
        return tuple(each.category for each in self.counts if each.majority)

    @property
    def ties(self) -> tuple[str, ...]:
        """The categories that exactly half chose, sorted."""
        return tuple(each.category for each in self.counts if each.votes_for * 2 == each.of)


def leading(answers: Sequence[Answer], schema: QuestionSchema, caution: Caution) -> Lead:
    """Return the leading collapsed value of some answers.

    Where three or more raw values have equally many votes (1-1-1) nothing leads, although
    collapsing would put two of them together: that would be the switch's majority, not the voters'.
    """
    if not answers:
        return Lead("", 0, 0)
    # Plain dicts: each decision counts a handful of answers a dozen times.
    raw: dict[str, int] = {}
    for answer in answers:
        raw[answer.value] = raw.get(answer.value, 0) + 1
    if len(raw) > 2 and len(set(raw.values())) == 1:
        return Lead("", len(answers) // len(raw), len(answers))
    counts: dict[str, int] = {}
    for value, count in raw.items():
        collapsed = schema.collapse(value, caution)
        counts[collapsed] = counts.get(collapsed, 0) + count
    top = max(counts.values())
    leaders = [value for value, count in counts.items() if count == top]
    return Lead(leaders[0] if len(leaders) == 1 else "", top, len(answers))


def members(
    answers: Sequence[Answer], schema: QuestionSchema, caution: Caution, winner: str
) -> tuple[Answer, ...]:
    """Return the answers whose collapsed value is the winning one."""
    values = {answer.value for answer in answers}
    winning = {value for value in values if schema.collapse(value, caution) == winner}
    return tuple(answer for answer in answers if answer.value in winning)


def exact_value(answers: Sequence[Answer], schema: QuestionSchema) -> str:
    """Return the most frequent raw value of a class; of equals the more cautious one.

    Args:
        answers: The answers of the winning class, at least one.
        schema: The question; its values stand mildest first.
    """
    counts = Counter(answer.value for answer in answers)
    return max(counts, key=lambda value: (counts[value], schema.rank(value), value))


def tally_categories(answers: Sequence[Answer], schema: QuestionSchema) -> CategoryTally:
    """Return the category votes of those in the winning class who were asked for categories.

    A value that requires categories but came without (imported votes) was not asked for any, so
    it counts neither for nor against.
    """
    rule = schema.categories
    if rule is None:
        return CategoryTally()
    optional = rule.allowed_for - rule.required_for
    asked = [a for a in answers if a.categories or a.value in optional]
    if asked:
        asked_for = rule.asked_for
        asked = [a for a in asked if a.value in asked_for]
    return CategoryTally(_count(asked, frozenset()), len(asked))


def tally_others(answers: Sequence[Answer], winning: CategoryTally) -> tuple[CategoryCount, ...]:
    """Return the counts, among all voters, of the categories that the winning class did not choose.

    A vote is evidence, whichever side it was on: a ruling keeps each category that got one.
    """
    return _count(answers, {each.category for each in winning.counts})


def _count(answers: Sequence[Answer], known: AbstractSet[str]) -> tuple[CategoryCount, ...]:
    """Return how many chose each category that is not known yet, sorted."""
    votes: dict[str, int] = {}
    for answer in answers:
        for category in set(answer.categories) - known:
            votes[category] = votes.get(category, 0) + 1
    of = len(answers)
    return tuple(
        CategoryCount(category, count, of, count * 2 > of)
        for category, count in sorted(votes.items())
    )


def majority_severity(answers: Sequence[Answer], schema: QuestionSchema, value: str) -> str:
    """Return the most frequent severity given with a value; of equals the graver; empty if none."""
    order = schema.severity
    counts = Counter(a.severity for a in answers if a.value == value and a.severity in order)
    return max(counts, key=lambda each: (counts[each], order.index(each)), default="")
