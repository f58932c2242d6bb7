"""The project's configuration, to be read; it is changed by applying its file again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from annotator.accounts.queries import Actor
from annotator.catalog.queries import MANAGERS, MemberView, ProjectView, members
from annotator.flow.endpoints import SCRIPTED
from annotator.panel.queries import JurorSeat, juror_seats
from annotator.web.http.access import in_project
from annotator.web.policies import policy_words
from jury.verdict import QuestionSchema


@dataclass(frozen=True, slots=True)
class JurorRow:
    """A juror and the place its texts go to."""

    seat: JurorSeat
    place: str
    scripted: bool


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question, what it may be answered with, and about what it is asked."""

    question: QuestionSchema
    targets: tuple[str, ...]
    answers: tuple[str, ...]


@require_GET
@in_project(MANAGERS)
def setup(request: HttpRequest, actor: Actor, project: ProjectView) -> HttpResponse:
    """Show taxonomy, targets, questions, policy, jurors and people."""
    context = {
        "questions": _questions(project),
        "policy": policy_words(project),
        "jurors": [_juror(seat) for seat in juror_seats(project.id)],
        "people": _by_role(members(project.id)),
        "severe": [c.name for c in project.taxonomy.categories if c.severe],
        "facts": _facts(project),
    }
    return render(request, "setup/page.html", context)


def _questions(project: ProjectView) -> tuple[QuestionRow, ...]:
    return tuple(
        QuestionRow(
            question=question,
            targets=tuple(t.title for t in project.targets if question.applies_to(t.key)),
            answers=tuple(value.label for value in question.values),
        )
        for question in project.questions
    )


def _juror(seat: JurorSeat) -> JurorRow:
    if seat.base_url == SCRIPTED:
        return JurorRow(seat, _("this machine, a script"), scripted=True)
    place = urlsplit(seat.base_url).netloc or _("nowhere: its opinions were imported")
    return JurorRow(seat, place, scripted=False)


def _by_role(found: tuple[MemberView, ...]) -> tuple[tuple[str, int], ...]:
    words = {
        "annotator": _("Annotators"),
        "adjudicator": _("Adjudicators"),
        "manager": _("Managers"),
        "auditor": _("Auditors"),
    }
    active = [member.role for member in found if member.active]
    return tuple((words[role], active.count(role)) for role in words)


def _facts(project: ProjectView) -> Mapping[str, str]:
    reveal = {
        "never": _("never"),
        "after_submit": _("after submitting"),
        "randomised": _("for a random half"),
    }
    return {
        _("People on each unit"): str(project.overlap),
        _("Time an item is held"): _("%(n)s s") % {"n": f"{project.lease_seconds:,}"},
        _("Others' answers are shown"): reveal.get(project.reveal, project.reveal),
        _("Severity"): _("asked") if project.severity else _("not asked"),
        _("Policy waits for the jury"): _("%(n)s h")
        % {"n": f"{project.jury_patience_seconds / 3600:g}"},
        _("Spend limit"): f"${project.spend_limit:,.2f}"
        if project.spend_limit is not None
        else _("none"),
        _("Seed"): str(project.seed),
        _("Guideline"): project.guideline_version or _("none"),
    }
