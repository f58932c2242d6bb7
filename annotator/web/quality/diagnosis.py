"""What each rater's votes tell, by a model of them, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from annotator.quality.queries.agreement import AgreementView
from annotator.quality.queries.raters import Diagnosis
from jury.verdict import QuestionSchema

MOST: Final = 12
LEAST_SHOWN: Final = 0.005
"""What is less is written as nothing."""


@dataclass(frozen=True, slots=True)
class Where:
    """Of units with one hidden answer: how often the rater gave it, and what else most often."""

    same: float | None
    other: str
    share: float | None


@dataclass(frozen=True, slots=True)
class DiagnosisRow:
    """A rater and their votes where the model holds each answer for the right one."""

    found: Diagnosis
    where: tuple[Where, ...]


@dataclass(frozen=True, slots=True)
class Diagnoses:
    """Those whose votes tell least; `answers` head the columns, `more` counts the others."""

    answers: tuple[str, ...]
    rows: tuple[DiagnosisRow, ...]
    more: int


def diagnoses(view: AgreementView, question: QuestionSchema) -> Diagnoses | None:
    """Return the table of a view's raters; None while it is not computed, or no unit has two votes."""
    found = view.figures.diagnoses if view.figures else ()
    if not found:
        return None
    met = {answer for each in found for answer, row in each.confusion.items() if row is not None}
    names = {value.key: value.label for value in question.values}
    answers = [*(key for key in names if key in met), *sorted(met - names.keys())]
    ranked = sorted(found, key=_least_first)
    return Diagnoses(
        tuple(names.get(key, key) for key in answers),
        tuple(
            DiagnosisRow(each, tuple(_where(each, answer, names) for answer in answers))
            for each in ranked[:MOST]
        ),
        max(0, len(ranked) - MOST),
    )


def _least_first(found: Diagnosis) -> tuple[float, str]:
    return (2.0 if found.distinction is None else found.distinction, found.rater)


def _where(found: Diagnosis, answer: str, names: Mapping[str, str]) -> Where:
    row = found.confusion.get(answer)
    if row is None:
        return Where(None, "", None)
    share, other = max(((p, key) for key, p in row.items() if key != answer), default=(0.0, ""))
    if share < LEAST_SHOWN:
        return Where(row.get(answer, 0.0), "", None)
    return Where(row.get(answer, 0.0), names.get(other, other), share)
