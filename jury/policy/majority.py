"""Majority of the people: with a bar of two thirds, or the higher one of low agreement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jury.policy.court import Court
from jury.policy.curtailment import decide_curtailed
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

    def fixed_votes(self, item: int) -> int | None:
        """Return on how many votes an item's agreement rests, None for all of its first pass.

        With curtailment an item whose votes agree gets fewer: only those drawn at random, which get
        all, tell how people agree. Of the others it is 0.
        """
        if self.court.settings.curtail is None:
            return None
        return self.court.settings.overlap if self.is_random(item) else 0

    def is_random(self, item: int) -> bool:
        """Return whether an item was drawn at random to get a fixed number of votes."""
        curtail = self.court.settings.curtail
        return curtail is not None and curtail.is_random(item)

    def decide(self, item: ItemFacts) -> tuple[Decision, ...]:
        """Return one decision for each unit, in the order of the units."""
        drawn = self.is_random(item.item)
        return tuple(decide_asked(unit, self.court, drawn=drawn) for unit in item.units)


def decide_asked(facts: UnitFacts, court: Court, *, drawn: bool = False) -> Decision:
    """Return the decision on a unit by votes, or that nobody is asked about it.

    Of an item that was drawn at random, with curtailment, all first votes are waited for.
    """
    if facts.asked_of_people:
        if court.settings.curtail is not None:
            return decide_curtailed(facts, court, drawn=drawn)
        return decide_votes(facts, court)
    if facts.adjudicated is not None:
        return adjudicated(facts, facts.adjudicated, court)
    return wait(facts, court, "not_asked")
