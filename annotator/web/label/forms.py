"""The labeling form: from what was posted to a Submission, and back to a draft's shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.http import QueryDict

from annotator.flow.labeling import Submission
from jury.verdict import QuestionSchema

MAX_SECONDS = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Answers:
    """What is filled in: by target and field, by compared question, and beside them."""

    verdicts: Mapping[str, Mapping[str, object]]
    preferences: Mapping[str, str]
    comment: str = ""
    flagged: bool = False
    seconds: float = 0.0

    def submission(self) -> Submission:
        """Return it as flow takes it."""
        return Submission(
            verdicts=self.verdicts,
            preferences=self.preferences,
            comment=self.comment,
            seconds=self.seconds,
            flagged=self.flagged,
        )

    def of(self, target: str) -> Mapping[str, object]:
        """Return what is filled in for a target."""
        return self.verdicts.get(target, {})


def posted(questions: Iterable[QuestionSchema], form: QueryDict) -> Answers:
    """Return what was posted, from fields like `prompt-safety`; flow says whether it is valid.

    Categories of a verdict that asks for none are left out: without JavaScript nobody unticks them.
    """
    by_key = {question.key: question for question in questions}
    verdicts: dict[str, dict[str, object]] = {}
    preferences: dict[str, str] = {}
    asks_categories: set[str] = set()
    for name in form:
        target, _, field = name.rpartition("-")
        question = by_key.get(field)
        value = form.get(name, "")
        if not target or not value or question is None:
            continue
        if question.asked_of == "pair":
            preferences[field] = value
            continue
        verdicts.setdefault(target, {})[field] = value
        if question.categories and value in question.categories.asked_for:
            asks_categories.add(target)
        if question.severity and form.get(f"{target}-severity"):
            verdicts[target]["severity"] = form.get(f"{target}-severity")
    for target in asks_categories:
        verdicts[target]["categories"] = form.getlist(f"{target}-categories")
        verdicts[target]["other"] = form.get(f"{target}-other", "").strip()
    return Answers(
        verdicts=verdicts,
        preferences=preferences,
        comment=form.get("comment", "").strip(),
        flagged=form.get("flagged") == "1",
        seconds=seconds_of(form.get("seconds", "")),
    )


def seconds_of(text: str) -> float:
    """Return active seconds between nothing and a day; what is no number is nothing.

    >>> seconds_of("12"), seconds_of("-3"), seconds_of("soon"), seconds_of("nan")
    (12.0, 0.0, 0.0, 0.0)
    """
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return min(value, MAX_SECONDS) if value > 0 else 0.0


def drafted(body: Mapping[str, object]) -> Answers:
    """Return what a draft holds; anything in an unknown form is left out."""
    verdicts = body.get("verdicts")
    preferences = body.get("preferences")
    return Answers(
        verdicts={
            str(target): dict(verdict)
            for target, verdict in (verdicts.items() if isinstance(verdicts, Mapping) else ())
            if isinstance(verdict, Mapping)
        },
        preferences={
            str(key): str(value)
            for key, value in (preferences.items() if isinstance(preferences, Mapping) else ())
        },
        comment=str(body.get("comment") or ""),
        flagged=bool(body.get("flagged")),
    )
