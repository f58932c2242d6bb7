"""Answers as words and shapes, for the pages that show many of them side by side."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from jury.taxonomy import Taxonomy
from jury.verdict import Answer, QuestionSchema


@dataclass(frozen=True, slots=True)
class Mark:
    """A value as its word and its shape."""

    value: str
    label: str
    shape: str

    @property
    def short(self) -> str:
        """The word where there is little room."""
        return _("Caution") if self.shape == "caution" else self.label

    @property
    def name(self) -> str:
        """The word in the middle of a sentence."""
        return self.label.lower()


def mark(question: QuestionSchema, value: str) -> Mark:
    """Return a value as the question words it; what it does not know is shown as it came."""
    known = question.value_of(value)
    return Mark(value, known.label, known.shape) if known else Mark(value, value, "plain")


def category_name(taxonomy: Taxonomy, category_id: str) -> str:
    """Return a category's name, or its id where the taxonomy does not have it."""
    category = taxonomy.get(category_id)
    return category.name if category else category_id


def category_names(taxonomy: Taxonomy, answer: Answer) -> tuple[str, ...]:
    """Return the names of an answer's categories in the taxonomy's order."""
    order = {category_id: n for n, category_id in enumerate(taxonomy.ids)}
    ordered = sorted(answer.categories, key=lambda each: order.get(each, len(order)))
    return tuple(category_name(taxonomy, each) for each in ordered)
