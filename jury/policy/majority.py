"""Majority of the people: with a bar of two thirds, or the higher one of low agreement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jury.policy.court import Court
from jury.policy.decision import Decision
from jury.policy.facts import ItemFacts, UnitFacts
from jury.policy.settle import adjudicated, decide_votes, wait


@dataclass(frozen=True, slots=True)
class Majority:
    """Settles a unit once enough of the people agree; asks one more until then."""

    court: Court

    @property
    def name(self) -> str:
        """The policy's name in project files."""
        return self.court.policy

    @property
    def version(self) -> int:
        """The version of the rule."""
        return self.court.version

    @property
    def options(self) -> Mapping[str, object]:
        """Every option with its value in force."""
        return self.court.settings.to_document()

    @property
    def reads_jury(self) -> bool:
        """Whether opinions can change a decision."""
        return self.court.reads_jury

    @property
    def human_targets(self) -> tuple[str, ...] | None:
        """None: people are asked about every target of the project."""
        return None

    @property
    def derived_targets(self) -> tuple[str, ...]:
        """Nothing is derived."""
        return ()

    def asks_people(self, target: str, question: str) -> bool:
        """Return True: people are asked everything."""
        return True

    def decide(self, item: ItemFacts) -> tuple[Decision, ...]:
        """Return one decision for each unit, in the order of the units."""
        return tuple(decide_asked(unit, self.court) for unit in item.units)


def decide_asked(facts: UnitFacts, court: Court) -> Decision:
    """Return the decision on a unit by votes, or that nobody is asked about it."""
    if facts.asked_of_people:
        return decide_votes(facts, court)
    if facts.adjudicated is not None:
        return adjudicated(facts, facts.adjudicated, court)
    return wait(facts, court, "not_asked")
