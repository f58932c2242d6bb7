"""A project as everything above reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from annotator.catalog.queries.roles import LABELERS, READERS
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


@dataclass(frozen=True, slots=True)
class Standing:
    """A project, and what a person is in it."""

    project: ProjectView
    role: str | None
    labels_after: int | None
    """They take seats to label on items with a greater id; None: on none."""

    @property
    def labels(self) -> bool:
        """Whether the person takes seats to label at all."""
        return self.role in LABELERS and self.labels_after is not None

    @property
    def reads(self) -> bool:
        """Whether the person reads what others said of items."""
        return self.role in READERS

    def may_label(self, item_id: int) -> bool:
        """Whether the person takes seats to label on this item."""
        after = self.labels_after
        return self.role in LABELERS and after is not None and item_id > after
