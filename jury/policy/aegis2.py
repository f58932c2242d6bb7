"""The derivation of Aegis 2.0: people judge the dialogue, prompt and response follow.

Rules D1 to D4 as published (arXiv 2501.09004). Every derived ruling says so in its source and its
rule, and never counts as human judged. This module is a preset: it may name targets and questions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from jury.policy.decision import Decision
from jury.policy.facts import ItemFacts, UnitFacts
from jury.policy.majority import Majority, decide_asked
from jury.policy.settle import JURY_PENDING, adjudicated, majority_answer, refer, settle, wait
from jury.policy.tally import leading, members
from jury.verdict import Answer

_SOURCE: Final = "dialogue"
_PROMPT: Final = "prompt"
_RESPONSE: Final = "response"
_QUESTION: Final = "safety"


@dataclass(frozen=True, slots=True)
class Aegis2(Majority):
    """Derives the safety of prompt and response from the dialogue's; all else is voted on."""

    @property
    def human_targets(self) -> tuple[str, ...] | None:
        """People judge the dialogue."""
        return (_SOURCE,)

    @property
    def derived_targets(self) -> tuple[str, ...]:
        """Prompt and response are derived."""
        return (_PROMPT, _RESPONSE)

    def asks_people(self, target: str, question: str) -> bool:
        """Return False for the safety of prompt and response, which is derived."""
        return question != _QUESTION or target not in self.derived_targets

    def decide(self, item: ItemFacts) -> tuple[Decision, ...]:
        """Return one decision for each unit, in the order of the units."""
        judged = {
            unit.question: decide_asked(unit, self.court)
            for unit in item.units
            if unit.target == _SOURCE
        }
        return tuple(self._decide_unit(unit, item, judged) for unit in item.units)

    def _decide_unit(
        self, facts: UnitFacts, item: ItemFacts, judged: Mapping[str, Decision]
    ) -> Decision:
        if facts.target == _SOURCE:
            return judged[facts.question]
        if facts.asked_of_people or self.asks_people(facts.target, facts.question):
            return decide_asked(facts, self.court)
        if facts.adjudicated is not None:
            return adjudicated(facts, facts.adjudicated, self.court)
        if facts.target == _RESPONSE and (not item.has_response or item.refusal_augmented):
            return self._unjudged_response(facts, item)
        return self._derive(facts, judged.get(facts.question))

    def _derive(self, facts: UnitFacts, source: Decision | None) -> Decision:
        if source is None:
            return wait(facts, self.court, "no_source")
        if source.answer is None:
            return wait(facts, self.court, "source_open")
        if facts.target == _PROMPT:
            return settle(facts, self.court, source.answer, source="inherited", rule="D1")
        caution = self.court.settings.caution
        safe = facts.schema.key_of_shape("safe")
        if facts.schema.collapse(source.answer.value, caution) == safe:
            return settle(facts, self.court, source.answer, source="inherited", rule="D2")
        return self._by_jury(facts)

    def _by_jury(self, facts: UnitFacts) -> Decision:
        """D3: the majority of the opinions given, once no more are to be expected."""
        if not facts.jury_complete:
            return wait(facts, self.court, JURY_PENDING)
        given = facts.answers("juror")
        caution = self.court.settings.caution
        lead = leading(given, facts.schema, caution)
        if not lead.majority:
            return refer(facts, self.court, "no_jury_majority" if given else "no_jury_opinion")
        answer = majority_answer(facts, members(given, facts.schema, caution, lead.value))
        return settle(facts, self.court, answer, source="llm_jury", rule="D3")

    def _unjudged_response(self, facts: UnitFacts, item: ItemFacts) -> Decision:
        """D4: a model wrote a deflection, which is safe by construction."""
        if not item.has_response:
            return wait(facts, self.court, "no_response")
        answer = Answer(facts.schema.key_of_shape("safe") or "")
        return settle(facts, self.court, answer, source="refusal_data_augmentation", rule="D4")
