"""What the labeling page gets and gives: frozen values, never a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from annotator.intake.texts import TurnView
from annotator.labeling.models import Assignment
from jury.taxonomy import Taxonomy
from jury.verdict import QuestionSchema

LABEL = Assignment.Kind.LABEL.value
ADJUDICATE = Assignment.Kind.ADJUDICATE.value


@dataclass(frozen=True, slots=True)
class AskedTarget:
    """A target of the item in hand; one that is not asked is shown as context only."""

    key: str
    title: str
    badge: str
    asked: bool
    questions: tuple[QuestionSchema, ...]


@dataclass(frozen=True, slots=True)
class BlindItem:
    """An item as a labeler may see it."""

    assignment: str
    kind: str
    lease: str
    expires: datetime
    project: str
    public_id: str
    external_id: str
    language: str
    messages: tuple[TurnView, ...]
    targets: tuple[AskedTarget, ...]
    taxonomy: Taxonomy
    taxonomy_ref: str
    version: int
    draft: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Submission:
    """Answers as they come in: `verdicts` by target, `preferences` by question."""

    verdicts: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    preferences: Mapping[str, str] = field(default_factory=dict)
    comment: str = ""
    seconds: float | None = None
    flagged: bool = False
    reason: str = ""
    guideline: str = ""
    contested: bool = False

    def document(self) -> dict[str, object]:
        """Return the submission as canonical JSON values, for its digest and as a draft."""
        return {
            "verdicts": {key: dict(value) for key, value in self.verdicts.items()},
            "preferences": dict(self.preferences),
            "comment": self.comment,
            "seconds": self.seconds,
            "flagged": self.flagged,
            "reason": self.reason,
            "guideline": self.guideline,
            "contested": self.contested,
        }


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a submit answers; `created` is False for a repeated key."""

    annotation: str
    assignment: str
    created: bool
