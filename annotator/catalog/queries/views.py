"""A project as everything above reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jury.taxonomy import Taxonomy as CategoryTree
from jury.verdict import QuestionSchema


@dataclass(frozen=True, slots=True)
class TargetView:
    """A part of an item that is judged."""

    key: str
    title: str
    badge: str
    people: bool
    jury: bool


@dataclass(frozen=True, slots=True)
class PolicyView:
    """The policy version in force."""

    id: int
    version: int
    name: str
    options: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ProjectView:
    """A project as everything above reads it."""

    id: int
    slug: str
    name: str
    overlap: int
    lease_seconds: int
    reveal: str
    severity: bool
    seed: int
    is_sample: bool
    spend_limit: float | None
    price_per_label: float | None
    price_per_hour: float | None
    jury_patience_seconds: int
    taxonomy: CategoryTree
    taxonomy_ref: str
    targets: tuple[TargetView, ...]
    questions: tuple[QuestionSchema, ...]
    policy: PolicyView
    guideline_version: str

    def questions_for(self, target: str) -> tuple[QuestionSchema, ...]:
        """Return the questions asked of a target, in the project's order."""
        return tuple(question for question in self.questions if question.applies_to(target))

    def target(self, key: str) -> TargetView:
        """Return the declared target of a unit; `turn:3` is one of `turn`. Raises KeyError."""
        base = key.partition(":")[0]
        for target in self.targets:
            if target.key == base:
                return target
        raise KeyError(key)
