"""The guidelines: all rules, and one with its examples and neighbours."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from annotator.accounts.queries import Actor
from annotator.catalog.queries import READERS, ProjectView, Section, guidelines, role_of
from annotator.core.errors import NotFound
from annotator.quality.queries.guideline import guideline_effect
from annotator.web.http.access import in_project
from jury.taxonomy import Category

VERDICTS = ("safe", "needs_caution", "unsafe")


@dataclass(frozen=True, slots=True)
class Entry:
    """A category with its rule, None where the guideline has none."""

    category: Category
    section: Section | None


@require_GET
@in_project()
def library(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Show the rules of all categories, in the taxonomy's order."""
    rules = guidelines(project.id)
    entries = tuple(
        Entry(category, rules.section(category.id) if rules else None)
        for category in project.taxonomy.categories
    )
    return render(request, "guidelines/library.html", {"rules": rules, "entries": entries})


@require_GET
@in_project()
def rule(request: HttpRequest, actor: Actor, project: ProjectView, category: str) -> HttpResponse:
    """Show one rule; who may see agreement also sees what its change did."""
    found = project.taxonomy.get(category)
    if found is None:
        raise NotFound(_("There is no such category."))
    rules = guidelines(project.id)
    section = rules.section(category) if rules else None
    sees_effect = section is not None and role_of(actor, project.id) in READERS
    context = {
        "rules": rules,
        "category": found,
        "section": section,
        "examples": _examples(section),
        "neighbours": _neighbours(project, section),
        "sees_effect": sees_effect,
        "effects": guideline_effect(project, category) if sees_effect else (),
    }
    return render(request, "guidelines/rule.html", context)


def _examples(section: Section | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the examples of each verdict, mildest first."""
    given = section.examples if section else ()
    return tuple(
        (verdict, tuple(example["text"] for example in given if example["verdict"] == verdict))
        for verdict in VERDICTS
    )


def _neighbours(project: ProjectView, section: Section | None) -> tuple[tuple[str, str, str], ...]:
    """Return (id, name, how to tell them apart) of the categories this one is taken for."""
    return tuple(
        (other, found.name if (found := project.taxonomy.get(other)) else other, text)
        for other, text in (section.deconfliction if section else ())
    )
