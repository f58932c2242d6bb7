"""Majority of the people, checked against the jury: where the two differ, a person more."""

from __future__ import annotations

from dataclasses import dataclass

from jury.policy.decision import Decision
from jury.policy.facts import ItemFacts, UnitFacts
from jury.policy.majority import Majority, decide_asked
from jury.policy.settle import JURY_PENDING, ask_again, poll, refer, wait
from jury.policy.tally import leading, members, tally_categories


@dataclass(frozen=True, slots=True)
class JuryConflict(Majority):
    """Settles what the people's majority says once the jury has spoken and does not differ.

    A jury without a majority is no conflict. The ruling is always the people's: the jury can
    only cause another look.
    """

    def decide(self, item: ItemFacts) -> tuple[Decision, ...]:
        """Return one decision for each unit, in the order of the units."""
        return tuple(self._decide_unit(unit) for unit in item.units)

    def _decide_unit(self, facts: UnitFacts) -> Decision:
        by_people = decide_asked(facts, self.court)
        if by_people.source != "human_majority":
            return by_people
        if not facts.jury_complete:
            return wait(facts, self.court, JURY_PENDING)
        return self._objection(facts) or by_people

    def _objection(self, facts: UnitFacts) -> Decision | None:
        """Return what the jury's majority causes, None if it agrees or there is none."""
        lead = leading(facts.answers("juror"), facts.schema, self.court.settings.caution)
        if not lead.majority:
            return None
        if self._severe_conflict(facts, lead.value):
            if facts.seats_pending:
                return wait(facts, self.court, "severe_conflict", "second_opinion_pending")
            return refer(facts, self.court, "severe_conflict")
        if lead.value != poll(facts, self.court.settings).lead.value:
            return ask_again(facts, self.court, ("jury_conflict",))
        return None

    def _severe_conflict(self, facts: UnitFacts, jury_value: str) -> bool:
        """Whether the two majorities differ on which severe categories apply.

        Equal verdicts of which one came without any categories do not differ: nothing was said.
        """
        votes = poll(facts, self.court.settings)
        caution = self.court.settings.caution
        jurors = members(facts.answers("juror"), facts.schema, caution, jury_value)
        jury = tally_categories(jurors, facts.schema)
        silent = not jury.of or not votes.categories.of
        if jury_value == votes.lead.value and silent:
            return False
        severe = self.court.severe
        return severe & set(jury.majority) != severe & set(votes.categories.majority)
