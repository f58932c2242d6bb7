"""The form of a judge's reply: which fields each target has, as words, as a schema, as answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from jury.opinion import Asked, Brief
from jury.taxonomy import Taxonomy
from jury.verdict import Answer, Problem, QuestionSchema

RATIONALE = "rationale"
LONGEST_RATIONALE = 2000
MOST_CATEGORIES = 40


@dataclass(frozen=True, slots=True)
class Fields:
    """The names under which one question's answer stands in a reply ("" where not asked)."""

    question: QuestionSchema
    value: str
    categories: str
    severity: str


def fields_of(asked: Asked) -> tuple[Fields, ...]:
    """Return the fields of one target: plain names for the first question that uses them."""
    taken: set[str] = {RATIONALE, *(question.key for question in asked.questions)}

    def name(plain: str, question: QuestionSchema, wanted: object) -> str:
        if not wanted:
            return ""
        chosen = f"{question.key}_{plain}" if plain in taken else plain
        taken.add(chosen)
        return chosen

    return tuple(
        Fields(
            question,
            question.key,
            name("categories", question, question.categories),
            name("severity", question, question.severity),
        )
        for question in asked.questions
    )


def form_of(brief: Brief) -> dict[str, dict[str, object]]:
    """Return the reply form in words, by target: "a|b|c" for values, ["id"] for categories."""
    form: dict[str, dict[str, object]] = {}
    for asked in brief.asked:
        target: dict[str, object] = {}
        for fields in fields_of(asked):
            target[fields.value] = "|".join(fields.question.value_keys)
            if fields.categories:
                target[fields.categories] = ["category id"]
            if fields.severity:
                target[fields.severity] = "|".join(("", *fields.question.severity))
        target[RATIONALE] = "one short sentence"
        form[asked.target] = target
    return form


def schema_of(brief: Brief) -> dict[str, object]:
    """Return the reply form as a strict JSON schema."""
    ids = list(brief.taxonomy.ids)
    return _object({asked.target: _target_schema(asked, ids) for asked in brief.asked})


def _target_schema(asked: Asked, ids: list[str]) -> dict[str, object]:
    properties: dict[str, object] = {}
    for fields in fields_of(asked):
        properties[fields.value] = {"type": "string", "enum": list(fields.question.value_keys)}
        if fields.categories:
            item = {"type": "string", "enum": ids}
            properties[fields.categories] = {"type": "array", "items": item}
        if fields.severity:
            levels = ["", *fields.question.severity]
            properties[fields.severity] = {"type": "string", "enum": levels}
    properties[RATIONALE] = {"type": "string"}
    return _object(properties)


def _object(properties: dict[str, object]) -> dict[str, object]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def rationale_of(entry: Mapping[str, object]) -> str:
    """Return the reply's rationale, cut; empty if there is none."""
    text = entry.get(RATIONALE)
    return text[:LONGEST_RATIONALE] if isinstance(text, str) else ""


def answers_of(
    entry: Mapping[str, object], asked: Asked, taxonomy: Taxonomy
) -> tuple[dict[str, Answer], tuple[Problem, ...]]:
    """Return a target's answers by question key, and everything that is wrong with them."""
    answers: dict[str, Answer] = {}
    problems: list[Problem] = []
    for fields in fields_of(asked):
        answer, wrong = _answer(entry, fields, taxonomy)
        if answer is not None:
            answers[fields.question.key] = answer
            wrong += fields.question.problems(answer, taxonomy)
        problems.extend(wrong)
    return answers, tuple(problems)


def _answer(
    entry: Mapping[str, object], fields: Fields, taxonomy: Taxonomy
) -> tuple[Answer | None, tuple[Problem, ...]]:
    value = entry.get(fields.value)
    if not isinstance(value, str):
        return None, (Problem(fields.value, "missing", "The value is missing."),)
    categories = _categories(entry.get(fields.categories) if fields.categories else None, taxonomy)
    if categories is None:
        message = "It must be a list of category ids."
        return None, (Problem(fields.categories, "unknown_category", message),)
    severity = entry.get(fields.severity) if fields.severity else None
    if severity is not None and not isinstance(severity, str):
        return None, (Problem(fields.severity, "unknown_severity", "It must be a level."),)
    key = re.sub(r"[\s-]+", "_", value.strip().casefold())
    return Answer(value=key, categories=categories, severity=severity or ""), ()


def _categories(given: object, taxonomy: Taxonomy) -> tuple[str, ...] | None:
    """Return the ids of a list of ids or known names, each once; None if any is unknown."""
    if given is None:
        return ()
    if not isinstance(given, list) or len(given) > MOST_CATEGORIES:
        return None
    ids = [taxonomy.resolve(each) if isinstance(each, str) else None for each in given]
    known = [each for each in ids if each is not None]
    return tuple(sorted(set(known))) if len(known) == len(ids) else None
