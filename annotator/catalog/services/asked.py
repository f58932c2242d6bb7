"""Writes of what a project asks: its targets and its questions."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from django.db.models import Max

from annotator.catalog.models import Question, Target
from annotator.catalog.queries import TargetView
from annotator.catalog.services.changes import Change
from annotator.core.errors import Conflict
from jury.verdict import QuestionSchema


def set_targets(
    *, project_id: int, targets: Sequence[TargetView], frozen: bool
) -> tuple[Change, ...]:
    """Make a project's targets those given; raises Conflict if they differ while `frozen`."""
    rows = Target.objects.filter(project=project_id)
    stored = [(row.key, row.people, row.jury) for row in rows]
    wanted = [(target.key, target.people, target.jury) for target in targets]
    if stored == wanted:
        return ()
    before, after = [key for key, *_ in stored], [key for key, *_ in wanted]
    if stored and frozen:
        _refuse("targets", before, after)
    rows.delete()
    Target.objects.bulk_create(
        Target(
            project_id=project_id,
            key=target.key,
            title=target.title,
            badge=target.badge,
            position=position,
            people=target.people,
            jury=target.jury,
        )
        for position, target in enumerate(targets)
    )
    return (Change("project.targets", before, after),)


def set_questions(
    *, project_id: int, schemas: Sequence[QuestionSchema], frozen: bool
) -> tuple[Change, ...]:
    """Make a project's questions those given; a question that reads differently gets a version.

    Raises Conflict if one comes or goes while `frozen`.
    """
    rows = {row.key: row for row in Question.objects.filter(project=project_id, current=True)}
    before, after = list(rows), [schema.key for schema in schemas]
    if rows and frozen and set(before) != set(after):
        _refuse("questions", before, after)
    changes = [] if before == after else [Change("project.questions", before, after)]
    Question.objects.filter(project=project_id, current=True).exclude(key__in=after).update(
        current=False
    )
    for position, schema in enumerate(schemas):
        row = rows.get(schema.key)
        if row is not None and _reads_the_same(row, schema):
            if row.position != position:
                Question.objects.filter(pk=row.pk).update(position=position)
            continue
        changes += _new_question(project_id, schema, position)
    return tuple(changes)


def _reads_the_same(row: Question, schema: QuestionSchema) -> bool:
    same_version = dataclasses.replace(schema, version=row.version)
    return bool(row.schema == same_version.to_document())


def _new_question(project_id: int, schema: QuestionSchema, position: int) -> list[Change]:
    rows = Question.objects.filter(project=project_id, key=schema.key)
    last = rows.aggregate(last=Max("version"))["last"]
    version = (last or 0) + 1
    rows.update(current=False)
    Question.objects.create(
        project_id=project_id,
        key=schema.key,
        version=version,
        position=position,
        schema=dataclasses.replace(schema, version=version).to_document(),
    )
    return [Change(f"question.{schema.key}", last, version)] if last else []


def _refuse(what: str, before: Sequence[str], after: Sequence[str]) -> None:
    message = (
        f"The {what} cannot change once items are in: they are {', '.join(before)}, the file says"
        f" {', '.join(after)}. Make a new project."
    )
    raise Conflict(message, fields={f"project.{what}": message})
