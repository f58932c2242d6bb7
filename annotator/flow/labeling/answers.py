"""Reading what came in: answers by unit and question, checked against what the seat asks."""

from __future__ import annotations

from collections.abc import Sequence

from annotator.catalog.queries import ProjectView
from annotator.core.errors import Invalid
from annotator.flow.labeling.values import Submission
from annotator.intake.texts import units_of
from annotator.labeling.models import Assignment
from jury.verdict import Answer, QuestionSchema

MAX_COMMENT = 10_000


def read_answers(
    row: Assignment, project: ProjectView, submission: Submission
) -> dict[tuple[int, str], Answer]:
    """Return the answers by (unit, question), checked against what the seat asks.

    Raises Invalid that names every field that is wrong.
    """
    if len(submission.comment) > MAX_COMMENT:
        message = f"A comment has at most {MAX_COMMENT} characters."
        raise Invalid(message, fields={"comment": message})
    units = {unit.target: unit.id for unit in units_of([row.item_id])[row.item_id]}
    unknown = sorted(set(submission.verdicts) - set(row.asks))
    problems = {target: f"{target!r} is not asked here." for target in unknown}
    answers: dict[tuple[int, str], Answer] = {}
    for target, questions in row.asks.items():
        given = _given(project, target, questions, submission)
        for question in project.questions_for(target):
            if question.key not in questions:
                continue
            answer = given.get(question.key)
            problems |= _problems(target, question, answer, project)
            if answer is not None:
                answers[units[target], question.key] = answer
    if problems:
        raise Invalid("The answer is not complete or not valid.", fields=problems)
    return answers


def _problems(
    target: str, question: QuestionSchema, answer: Answer | None, project: ProjectView
) -> dict[str, str]:
    if answer is None:
        return {f"{target}-{question.key}": f"{question.title}: an answer is missing."}
    return {
        f"{target}-{problem.field}": problem.message
        for problem in question.problems(answer, project.taxonomy)
    }


def _given(
    project: ProjectView, target: str, questions: Sequence[str], submission: Submission
) -> dict[str, Answer]:
    """Return the answers given for a target: preferences are asked of the pair."""
    verdict = submission.verdicts.get(target, {})
    found: dict[str, Answer] = {}
    known = {"categories", "severity", "other"}
    for question in project.questions_for(target):
        if question.key not in questions:
            continue
        known.add(question.key)
        value = verdict.get(question.key)
        if value is None and question.asked_of == "pair":
            value = submission.preferences.get(question.key)
        if value is None or value == "":
            continue
        if not isinstance(value, str):
            message = f"{question.key} must be text."
            raise Invalid(message, fields={f"{target}-{question.key}": message})
        with_categories = question.categories is not None
        found[question.key] = Answer(
            value=value,
            categories=_texts(target, verdict.get("categories")) if with_categories else (),
            severity=str(verdict.get("severity") or "") if with_categories else "",
            other=str(verdict.get("other") or "")[:200] if with_categories else "",
        )
    extra = sorted(set(verdict) - known)
    if extra:
        message = f"Unknown keys for {target}: {', '.join(extra)}."
        raise Invalid(message, fields={target: message})
    return found


def _texts(target: str, value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        message = "categories must be a list of category ids."
        raise Invalid(message, fields={f"{target}-categories": message})
    return tuple(value)
