"""The adjudicator's form: what was posted, as flow takes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.http import QueryDict
from django.utils.translation import gettext as _

from annotator.core.errors import Invalid
from annotator.flow.labeling import Submission
from jury.verdict import QuestionSchema

UNCLEAR: Final = "unclear"
REASONS: Final = ("guide_clear", "slip", UNCLEAR, "guide_gap")


def reason_choices() -> tuple[tuple[str, str, str], ...]:
    """Return the reasons as (key, sentence, cap)."""
    words = {
        "guide_clear": _("The guide is clear"),
        "slip": _("Someone slipped"),
        UNCLEAR: _("Truly unclear item"),
        "guide_gap": _("The guide has a gap"),
    }
    return tuple((key, words[key], cap) for key, cap in zip(REASONS, "UIOP", strict=True))


@dataclass(frozen=True, slots=True)
class Decided:
    """What an adjudicator filled in."""

    verdicts: Mapping[str, Mapping[str, object]]
    preferences: Mapping[str, str]
    reason: str
    guideline: str
    note: str

    def submission(self) -> Submission:
        """Return it as flow takes it. Raises Invalid without one of the reasons."""
        if self.reason not in REASONS:
            message = _("Say why: choose one of the reasons.")
            raise Invalid(message, fields={"reason": message})
        return Submission(
            verdicts=self.verdicts,
            preferences=self.preferences,
            comment=self.note,
            reason=self.reason,
            guideline=self.guideline,
            contested=self.reason == UNCLEAR,
        )


def decided(questions: Iterable[QuestionSchema], form: QueryDict) -> Decided:
    """Return what was posted; categories of a verdict that asks for none are left out."""
    verdicts: dict[str, dict[str, object]] = {}
    preferences: dict[str, str] = {}
    by_key = {question.key: question for question in questions}
    for name in form:
        target, _dash, field = name.rpartition("-")
        question = by_key.get(field)
        value = form.get(name, "")
        if not target or not value or question is None:
            continue
        if question.asked_of == "pair":
            preferences[field] = value
            continue
        verdict = verdicts.setdefault(target, {})
        verdict[field] = value
        if question.categories and value in question.categories.asked_for:
            verdict["categories"] = form.getlist(f"{target}-categories")
            verdict["other"] = form.get(f"{target}-other", "").strip()
    return Decided(
        verdicts=verdicts,
        preferences=preferences,
        reason=form.get("reason", ""),
        guideline=form.get("guideline", "")[:40],
        note=form.get("comment", "").strip(),
    )
