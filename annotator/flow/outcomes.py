"""What became of an item's units: decisions and rulings in force, for `flow.review`."""

from __future__ import annotations

from collections.abc import Sequence

from annotator.catalog.queries import ProjectView
from annotator.flow.revealed import RevealedQuestion, RevealedUnit, RulingView
from annotator.intake.texts import ItemView
from annotator.labeling.queries import Seat
from annotator.quality.models import Decision, Ruling
from jury.verdict import Answer, QuestionSchema


def units_of(project: ProjectView, item: ItemView, seat: Seat | None) -> tuple[RevealedUnit, ...]:
    """Return the judged parts of an item; `seat` says which questions its holder is asked."""
    ids = [unit.id for unit in item.units]
    decisions = {
        (row.unit_id, row.question): row
        for row in Decision.objects.filter(unit__in=ids, current=True).select_related(
            "policy_version"
        )
    }
    rulings = {
        (row.unit_id, row.question): row
        for row in Ruling.objects.filter(unit__in=ids, current=True)
    }
    return tuple(
        _part(
            project,
            unit.target,
            seat.asks.get(unit.target, ()) if seat else (),
            [
                _question(
                    schema,
                    decisions.get((unit.id, schema.key)),
                    rulings.get((unit.id, schema.key)),
                )
                for schema in project.questions_for(unit.target)
            ],
        )
        for unit in item.units
    )


def parts_of(project: ProjectView, item: ItemView) -> tuple[RevealedUnit, ...]:
    """Return the judged parts of an item, with nothing of what became of them."""
    return tuple(_part(project, unit.target, (), ()) for unit in item.units)


def _part(
    project: ProjectView,
    key: str,
    asked: Sequence[str],
    questions: Sequence[RevealedQuestion],
) -> RevealedUnit:
    target = project.target(key)
    number = key.partition(":")[2]
    return RevealedUnit(
        target=key,
        title=f"{target.title} {int(number) + 1}" if number else target.title,
        badge=str(int(number) + 1) if number else target.badge,
        asked=tuple(asked),
        questions=tuple(questions),
    )


def _question(
    schema: QuestionSchema, decision: Decision | None, ruling: Ruling | None
) -> RevealedQuestion:
    return RevealedQuestion(
        schema=schema,
        outcome=decision.outcome if decision else "",
        words=decision.words if decision else "",
        policy_version=decision.policy_version.version if decision else None,
        decided_at=decision.created_at if decision else None,
        ruling=_ruling(ruling) if ruling else None,
    )


def _ruling(row: Ruling) -> RulingView:
    return RulingView(
        answer=Answer(row.value, tuple(row.categories), row.severity),
        source=row.source,
        rule=row.rule,
        contested=row.contested,
        counts=tuple(
            (str(each["category"]), int(each["votes_for"]), int(each["of"]))
            for each in row.category_counts
        ),
    )
