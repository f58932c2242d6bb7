"""Whether a guideline did anything: agreement on its category, version by version."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from annotator.catalog.models import GuidelineSet
from annotator.catalog.queries import ProjectView
from annotator.labeling.models import Vote as HumanVote
from annotator.quality.queries.categories import CategoryAgreement, category_agreement, tally


@dataclass(frozen=True, slots=True)
class GuidelineEffect:
    """Agreement on a category among first votes made under one version of the guideline."""

    version: str
    agreement: CategoryAgreement


def guideline_effect(
    project: ProjectView, category: str, *, target: str | None = None
) -> tuple[GuidelineEffect, ...]:
    """Return the agreement on a category under each guideline version, oldest first.

    Only units whose first votes were all made under one version are counted. This compares
    different items: it does not prove that the guideline was the cause.
    """
    rows = HumanVote.objects.filter(
        unit__item__project=project.id,
        population=HumanVote.Population.FIRST_PASS,
        question__in=[question.key for question in project.questions if question.categories],
    )
    if target is not None:
        rows = rows.filter(unit__target=target)
    votes: dict[int, list[tuple[str, list[str]]]] = defaultdict(list)
    for unit, version, categories in rows.values_list(
        "unit_id", "annotation__guideline_version", "categories"
    ).iterator():
        votes[unit].append((version, categories))
    by_version: dict[str, list[tuple[int, list[str], int]]] = defaultdict(list)
    for unit, given in votes.items():
        versions = {version for version, _ in given}
        if len(versions) == 1:
            by_version[versions.pop()] += [(unit, categories, 1) for _, categories in given]
    found = project.taxonomy.get(category)
    name = found.name if found else category
    return tuple(
        GuidelineEffect(version, category_agreement(category, name, tally(by_version[version])))
        for version in _in_order(project, set(by_version))
    )


def _in_order(project: ProjectView, versions: set[str]) -> list[str]:
    published = GuidelineSet.objects.filter(project=project.id).order_by("published_at", "pk")
    known = [each for each in published.values_list("version", flat=True) if each in versions]
    return [*sorted(versions - set(known)), *known]
