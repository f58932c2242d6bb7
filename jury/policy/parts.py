"""One policy for the whole project, and others for single targets or questions.

A project has one versioned policy. Its options may hold a list under `for`: each entry names a
target, a question or both, and the policy that decides there. What no entry names is the base
policy's. Entries are read in order; the first that fits decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from jury.policy.base import Policy, PolicyError
from jury.policy.decision import Decision
from jury.policy.facts import ItemFacts, UnitFacts

PARTS: Final = "for"
FIELDS: Final = frozenset({"target", "question", "name", "options"})


@dataclass(frozen=True, slots=True)
class Part:
    """The policy of a target, of a question, or of one question about one target.

    Attributes:
        target: The target's key; empty means every target. `turn` stands for every `turn:N`.
        question: The question's key; empty means every question.
        policy: What decides there.
    """

    target: str
    question: str
    policy: Policy

    def fits(self, target: str, question: str) -> bool:
        """Return whether this part decides a question about a target."""
        base = target.partition(":")[0]
        return self.target in {"", target, base} and self.question in {"", question}

    def to_document(self) -> dict[str, object]:
        """Return the entry as project files write it, with every option's value in force."""
        return {
            "target": self.target,
            "question": self.question,
            "name": self.policy.name,
            "options": dict(self.policy.options),
        }


@dataclass(frozen=True, slots=True)
class ByPart:
    """A base policy with other policies for some targets and questions."""

    base: Policy
    parts: tuple[Part, ...]

    @property
    def name(self) -> str:
        """The base policy's name."""
        return self.base.name

    @property
    def version(self) -> int:
        """The base policy's version."""
        return self.base.version

    @property
    def options(self) -> Mapping[str, object]:
        """The base policy's options and, under `for`, the parts."""
        return {**self.base.options, PARTS: [part.to_document() for part in self.parts]}

    @property
    def reads_jury(self) -> bool:
        """Whether opinions can change a decision anywhere."""
        return self.base.reads_jury or any(part.policy.reads_jury for part in self.parts)

    @property
    def human_targets(self) -> tuple[str, ...] | None:
        """The base policy's."""
        return self.base.human_targets

    @property
    def derived_targets(self) -> tuple[str, ...]:
        """The base policy's: a part derives nothing."""
        return self.base.derived_targets

    def asks_people(self, target: str, question: str) -> bool:
        """Return whether people are asked this question about this target."""
        return self.policy_for(target, question).asks_people(target, question)

    def policy_for(self, target: str, question: str) -> Policy:
        """Return the policy that decides a question about a target."""
        found = (part.policy for part in self.parts if part.fits(target, question))
        return next(found, self.base)

    def decide(self, item: ItemFacts) -> tuple[Decision, ...]:
        """Return one decision for each unit of the item, in the order of its units."""
        together = self.base.decide(item)
        return tuple(
            self._decide(item, unit, by_base)
            for unit, by_base in zip(item.units, together, strict=True)
        )

    def _decide(self, item: ItemFacts, unit: UnitFacts, by_base: Decision) -> Decision:
        policy = self.policy_for(unit.target, unit.question)
        if policy is self.base:
            return by_base
        return policy.decide(replace(item, units=(unit,)))[0]


def part_of(policy: Policy, target: str, question: str) -> Policy:
    """Return the policy that decides a question about a target, whatever the policy is."""
    return policy.policy_for(target, question) if isinstance(policy, ByPart) else policy


def every_part(policy: Policy) -> tuple[Policy, ...]:
    """Return a policy's base and all its parts."""
    if not isinstance(policy, ByPart):
        return (policy,)
    return (policy.base, *(part.policy for part in policy.parts))


def check_part(base: Policy, part: Part) -> None:
    """Raise PolicyError for a part that the base policy leaves no room for."""
    if part.policy.derived_targets:
        message = f"Policy “{part.policy.name}” derives targets from others; it cannot be a part."
        raise PolicyError(message)
    derived = [t for t in base.derived_targets if part.fits(t, part.question)]
    if any(not base.asks_people(t, part.question) for t in derived) or (
        derived and not part.question
    ):
        message = f"Policy “{base.name}” derives {' and '.join(derived)}; no part decides there."
        raise PolicyError(message)
