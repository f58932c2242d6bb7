"""The interface of every policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from jury.policy.decision import Decision
from jury.policy.facts import ItemFacts


class PolicyError(ValueError):
    """A policy's name or options are wrong; the message says which and what is known."""


class Policy(Protocol):
    """A pure rule from facts to decisions."""

    @property
    def name(self) -> str:
        """The policy's name in project files."""
        ...

    @property
    def version(self) -> int:
        """Raised whenever the same facts could lead to another decision."""
        ...

    @property
    def options(self) -> Mapping[str, object]:
        """Every option with its value in force, JSON-clean."""
        ...

    @property
    def reads_jury(self) -> bool:
        """Whether opinions can change a decision."""
        ...

    @property
    def human_targets(self) -> tuple[str, ...] | None:
        """Targets people are asked about; None means all of the project."""
        ...

    @property
    def derived_targets(self) -> tuple[str, ...]:
        """Targets whose answer is derived."""
        ...

    def asks_people(self, target: str, question: str) -> bool:
        """Return whether people are asked this question about this target."""
        ...

    def decide(self, item: ItemFacts) -> tuple[Decision, ...]:
        """Return one decision for each unit of the item, in the order of its units."""
        ...
