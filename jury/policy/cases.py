"""Stored facts of any number of items, kept as the distinct cases among them.

What a policy decides of an item depends on its votes, not on which item it is (except for the draw
of random items, which is part of a case here). So a million units are a few thousand cases with
their counts, and a policy is asked once for each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from jury.policy.base import Policy
from jury.policy.facts import ItemFacts, UnitFacts
from jury.policy.majority import Majority
from jury.policy.parts import every_part, part_of
from jury.verdict import Answer

Key = tuple[int, str]
"""A unit's id and a question's key."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is in force on one question of one unit: an outcome, and the ruling's value."""

    outcome: str
    value: str = ""


WAITING: Final = Standing("waiting")


@dataclass(slots=True)
class Case:
    """Items, or single units, that no policy in question can tell apart.

    Attributes:
        facts: Those of one of them.
        standing: What is in force on its units, in their order; None: what the policy now in force
            decides.
        count: How many there are.
    """

    facts: ItemFacts
    standing: tuple[Standing | None, ...]
    count: int = 1


class Cases:
    """Takes facts one item at a time and keeps the distinct ones.

    Seats beyond the first pass are taken as not there: the question is what a policy would do with
    these votes, not whether somebody is looking already.
    """

    def __init__(self, policies: Sequence[Policy], *, overlap: int) -> None:
        self._policies = tuple(policies)
        self._overlap = overlap
        # Where units are derived from each other, an item's units stay together.
        self._whole = any(policy.derived_targets for policy in policies)
        # With curtailment a severity that may still change keeps a unit waiting.
        self._by_severity = any(_curtails(policy) for policy in policies)
        self._known: dict[object, Case] = {}
        self.items = 0
        self.units = 0

    @property
    def cases(self) -> tuple[Case, ...]:
        """The distinct cases, in the order they were first seen."""
        return tuple(self._known.values())

    def add(self, item: ItemFacts, standing: Mapping[Key, Standing] | None = None) -> None:
        """Take one item with what is in force on its units; what is missing is waiting.

        Without any `standing`, the policy now in force says what stands.
        """
        self.items += 1
        self.units += len(item.units)
        units = tuple(self._settled_seats(unit) for unit in item.units)
        stands = tuple(
            None if standing is None else standing.get((unit.unit, unit.question), WAITING)
            for unit in units
        )
        if self._whole:
            self._take(replace(item, units=units), stands)
            return
        for unit, stand in zip(units, stands, strict=True):
            self._take(replace(item, units=(unit,)), (stand,))

    def _take(self, facts: ItemFacts, stands: tuple[Standing | None, ...]) -> None:
        marks = tuple(self._mark(facts.item, unit) for unit in facts.units)
        key = (marks, stands, facts.has_response, facts.refusal_augmented)
        case = self._known.get(key)
        if case is None:
            self._known[key] = Case(facts, stands)
        else:
            case.count += 1

    def _settled_seats(self, unit: UnitFacts) -> UnitFacts:
        people = sum(1 for vote in unit.votes if vote.kind == "human")
        pending = min(unit.seats_pending, max(0, self._overlap - people))
        return unit if pending == unit.seats_pending else replace(unit, seats_pending=pending)

    def _mark(self, item: int, unit: UnitFacts) -> tuple[object, ...]:
        lead = unit.adjudicated
        return (
            unit.target,
            unit.question,
            _multiset(unit.answers("human"), severity=self._by_severity),
            _multiset(unit.answers("juror")),
            unit.asked_of_people,
            unit.jury_complete,
            unit.seats_pending,
            None if lead is None else (_said(lead), unit.adjudicated_contested),
            tuple(drawn(policy, item, unit) for policy in self._policies),
        )


def drawn(policy: Policy, item: int, unit: UnitFacts) -> bool:
    """Return whether a policy draws the item at random for a fixed number of votes on this unit."""
    part = part_of(policy, unit.target, unit.question)
    return isinstance(part, Majority) and part.is_random(item)


def _curtails(policy: Policy) -> bool:
    parts = (part for part in every_part(policy) if isinstance(part, Majority))
    return any(part.court.settings.curtail is not None for part in parts)


def _multiset(
    answers: Sequence[Answer], *, severity: bool = False
) -> tuple[tuple[object, int], ...]:
    counted = Counter((*_said(answer), answer.severity if severity else "") for answer in answers)
    return tuple(sorted(counted.items(), key=repr))


def _said(answer: Answer) -> tuple[str, tuple[str, ...]]:
    return answer.value, tuple(answer.categories)
