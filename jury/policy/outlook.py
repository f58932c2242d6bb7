"""How a unit would go on under a policy: the answers to be expected, until it is settled.

Each further answer is unsafe with the posterior's mean, after which the policy itself is asked what
it does; so the expectation is that of the very rule, not of a model of it. A hypothetical answer
takes the categories most often given with its value, so that it can end a tie as a real one would.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Final

from jury.policy.base import Policy
from jury.policy.belief import Belief, says_unsafe
from jury.policy.decision import Decision
from jury.policy.facts import ItemFacts, UnitFacts, Vote
from jury.policy.panel.beta import Beta
from jury.policy.panel.lean import Lean
from jury.verdict import Answer, Caution, Shape

FARTHEST: Final = 25
"""Answers beyond which nobody looks ahead; what is open there counts as a lead's."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is to be expected of one unit.

    Attributes:
        labels: Further answers of people.
        leads: How probable it is that a lead has to decide.
        changed: How probable it is that the ruling in force will not stand; 0 without one.
    """

    labels: float = 0.0
    leads: float = 0.0
    changed: float = 0.0


@dataclass(frozen=True, slots=True)
class Outlook:
    """One unit of an item, under one policy and belief.

    Attributes:
        policy: The policy in question.
        item: The item's facts.
        place: The unit's place among the item's units.
        ruled: The collapsed value of the ruling in force; empty without one.
    """

    policy: Policy
    item: ItemFacts
    place: int
    belief: Belief
    lean: Lean
    caution: Caution
    ruled: str

    def ahead(self, first: Decision) -> Ahead:
        """Return what is to be expected, given what the policy decides on the votes at hand."""
        return self._ahead(first, 0, 0, {})

    def _ahead(
        self, found: Decision, unsafe: int, safe: int, known: dict[tuple[int, int], Ahead]
    ) -> Ahead:
        posterior = self.belief.posterior(
            replace(self.lean, unsafe=self.lean.unsafe + unsafe, safe=self.lean.safe + safe)
        )
        if found.outcome == "settled":
            return Ahead(changed=self._differs(found))
        if found.outcome == "waiting":
            return Ahead()
        if found.outcome == "adjudicate" or unsafe + safe >= FARTHEST:
            return Ahead(leads=1.0, changed=self._by_lead(posterior))
        p = posterior.mean
        worse = self._after(unsafe + 1, safe, known)
        better = self._after(unsafe, safe + 1, known)
        return Ahead(
            labels=1.0 + p * worse.labels + (1.0 - p) * better.labels,
            leads=p * worse.leads + (1.0 - p) * better.leads,
            changed=p * worse.changed + (1.0 - p) * better.changed,
        )

    def _after(self, unsafe: int, safe: int, known: dict[tuple[int, int], Ahead]) -> Ahead:
        key = (unsafe, safe)
        if key not in known:
            known[key] = self._ahead(self._decide(unsafe, safe), unsafe, safe, known)
        return known[key]

    def _decide(self, unsafe: int, safe: int) -> Decision:
        units = list(self.item.units)
        units[self.place] = self._with(units[self.place], unsafe, safe)
        return self.policy.decide(replace(self.item, units=tuple(units)))[self.place]

    def _with(self, unit: UnitFacts, unsafe: int, safe: int) -> UnitFacts:
        more = [
            *(self._answer(unit, "unsafe") for _ in range(unsafe)),
            *(self._answer(unit, "safe") for _ in range(safe)),
        ]
        votes = tuple(Vote(f"+{n}", "human", answer, 2) for n, answer in enumerate(more, start=1))
        return replace(unit, votes=(*unit.votes, *votes), seats_pending=0)

    def _answer(self, unit: UnitFacts, shape: Shape) -> Answer:
        key = unit.schema.key_of_shape(shape) or ""
        given = [
            answer
            for answer in unit.answers("human")
            if unit.schema.collapse(answer.value, self.caution) == key
        ]
        if not given:
            return Answer(key)
        usual = Counter((answer.value, answer.categories) for answer in given)
        (value, categories), _ = max(usual.items(), key=lambda pair: (pair[1], pair[0]))
        return Answer(value, categories)

    def _differs(self, found: Decision) -> float:
        if not self.ruled or found.answer is None:
            return 0.0
        unit = self.item.units[self.place]
        return float(unit.schema.collapse(found.answer.value, self.caution) != self.ruled)

    def _by_lead(self, posterior: Beta) -> float:
        """A lead is taken to say what most of a large panel would."""
        if not self.ruled:
            return 0.0
        unsafe = self.item.units[self.place].schema.key_of_shape("unsafe")
        probability = says_unsafe(posterior)
        return 1.0 - probability if self.ruled == unsafe else probability
