"""The guideline in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from annotator.catalog.models import GuidelineSet


@dataclass(frozen=True, slots=True)
class Section:
    """A guideline's section on one category."""

    section: str
    category: str
    rule: str
    not_meant: str
    examples: tuple[Mapping[str, str], ...]
    changed: str
    deconfliction: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class GuidelineView:
    """The guideline in force."""

    version: str
    general: tuple[Mapping[str, str], ...]
    sections: tuple[Section, ...]

    def section(self, category: str) -> Section | None:
        """Return the section on a category, or None."""
        return next((entry for entry in self.sections if entry.category == category), None)


def guidelines(project_id: int) -> GuidelineView | None:
    """Return the guideline in force, or None."""
    rules = GuidelineSet.objects.filter(project=project_id, current=True).first()
    if rules is None:
        return None
    pairs: dict[str, list[tuple[str, str]]] = {}
    for pair in rules.deconflictions.order_by("pk"):
        pairs.setdefault(pair.first, []).append((pair.second, pair.text))
        pairs.setdefault(pair.second, []).append((pair.first, pair.text))
    return GuidelineView(
        version=rules.version,
        general=tuple(rules.general),
        sections=tuple(
            Section(
                section=row.section,
                category=row.category,
                rule=row.rule,
                not_meant=row.not_meant,
                examples=tuple(row.examples),
                changed=row.changed,
                deconfliction=tuple(pairs.get(row.category, ())),
            )
            for row in rules.guidelines.all()
        ),
    )
