"""What people said when they were asked again, as a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from annotator.quality.queries.figures import of_repeats
from annotator.quality.queries.repeats import Repeated
from annotator.quality.queries.stored import Shelf
from jury.agreement.interval import Interval

Bounds = tuple[float, float]


@dataclass(frozen=True, slots=True)
class RepeatRow:
    """A person's answers to one question; `reason` is for where alpha or its interval is not there."""

    name: str
    question: str
    units: int
    answers: int
    same: float | None
    same_interval: Bounds | None
    alpha: float | None
    alpha_interval: Bounds | None
    reason: str


@dataclass(frozen=True, slots=True)
class Repeats:
    """The rows and their date; None while they never were computed."""

    rows: tuple[RepeatRow, ...]
    as_of: datetime | None


def repeats(shelf: Shelf) -> Repeats:
    """Return how consistent people are with themselves, by name and question."""
    found = shelf.get(of_repeats(shelf.project))
    titles = {question.key: _(question.title) for question in shelf.project.questions}
    return Repeats(tuple(_row(each, titles) for each in found.value or ()), found.as_of)


def _row(repeated: Repeated, titles: dict[str, str]) -> RepeatRow:
    found = repeated.found
    return RepeatRow(
        name=repeated.name,
        question=titles.get(repeated.question, repeated.question),
        units=found.repeated,
        answers=found.answers,
        same=found.agreement.value,
        same_interval=_bounds(found.ci95["agreement"]),
        alpha=found.alpha.value,
        alpha_interval=_bounds(found.ci95["alpha"]),
        reason=found.alpha.reason or _("too little variety for an interval"),
    )


def _bounds(interval: Interval | None) -> Bounds | None:
    return (interval.low, interval.high) if interval else None
