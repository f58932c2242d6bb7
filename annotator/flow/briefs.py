"""What jurors are told of an item: its texts, the taxonomy and the rules, never a vote."""

from __future__ import annotations

from collections.abc import Sequence

from annotator.catalog.queries import ProjectView, guidelines, project_view
from annotator.core.digests import ring_position
from annotator.intake.texts import ItemView, items_with_texts
from annotator.panel.queue import ClaimedInquiry
from jury.opinion import Asked, Brief, Message, Task


class Briefs:
    """Builds what jurors are asked, reading each project and guideline once."""

    def __init__(self) -> None:
        self._projects: dict[int, tuple[ProjectView, str]] = {}

    def _project(self, project_id: int) -> tuple[ProjectView, str]:
        if project_id not in self._projects:
            rules = guidelines(project_id)
            lines = (
                [f"{section.category}: {section.rule}" for section in rules.sections]
                if rules
                else []
            )
            self._projects[project_id] = (project_view(project_id), "\n".join(lines))
        return self._projects[project_id]

    def tasks(self, claimed: Sequence[ClaimedInquiry]) -> list[Task]:
        """Return the claimed inquiries as tasks."""
        items = items_with_texts({row.item_id for row in claimed})
        return [
            Task(
                id=row.id,
                key=row.public_id,
                juror=str(row.juror_version_id),
                brief=self._brief(row.project_id, items[row.item_id]),
                attempts=row.attempts,
                failures=row.failures,
            )
            for row in claimed
        ]

    def _brief(self, project_id: int, item: ItemView) -> Brief:
        project, guidance = self._project(project_id)
        return build_brief(project, item, guidance)


def build_brief(project: ProjectView, item: ItemView, guidance: str) -> Brief:
    """Return what a juror is told of an item."""
    asked = []
    for unit in item.units:
        if not project.target(unit.target).jury:
            continue
        turn = next(
            (index for index, turn in enumerate(item.turns) if turn.target == unit.target), None
        )
        asked.append(
            Asked(
                target=unit.target,
                questions=project.questions_for(unit.target),
                text=item.turns[turn].content if turn is not None else None,
                turn=turn,
            )
        )
    return Brief(
        item_key=item.public_id,
        messages=tuple(Message(turn.role, turn.content) for turn in item.turns),
        asked=tuple(asked),
        taxonomy=project.taxonomy,
        guidance=guidance,
        order_seed=ring_position("order", project.seed, item.external_id),
    )
