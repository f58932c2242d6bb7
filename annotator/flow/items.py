"""The list of a project's items, for who may see all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from annotator.accounts.queries import Actor
from annotator.catalog.queries import READERS, standing_in
from annotator.core.errors import Invalid
from annotator.flow.sealed import seals, unsealed
from annotator.intake.models import Item
from annotator.intake.queries import state_counts
from annotator.intake.texts import beginnings, units_of
from annotator.labeling.models import Vote as HumanVote
from annotator.panel.models import Vote as JurorVote

STATES: Final = tuple(Item.State.values)
PAGE: Final = 25


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One line of the list: counting votes are lists of values, in no order of persons.

    What is sealed for its reader has neither votes nor a state.
    """

    public_id: str
    external_id: str
    state: str
    batch: int
    excerpt: str
    language: str
    targets: tuple[str, ...]
    people: Mapping[str, tuple[str, ...]]
    jury: Mapping[str, tuple[str, ...]]
    sealed: bool = False


@dataclass(frozen=True, slots=True)
class ItemList:
    """A page of items, and how many there are in each state."""

    rows: tuple[ItemRow, ...]
    following: str
    counts: Mapping[str, int]
    left_out: bool = False
    """Whether items were left out that the reader may still label: their state says too much."""

    @property
    def total(self) -> int:
        """All items of the project."""
        return sum(self.counts.values())


def items_list(
    actor: Actor, slug: str, *, state: str = "", search: str = "", cursor: str = ""
) -> ItemList:
    """Return a page of items in the order of import, newest import first.

    Args:
        actor: Who asks.
        slug: The project.
        state: One of `STATES`, or empty for all.
        search: How an item's own id or public id begins.
        cursor: The `following` of the page before.

    Raises:
        Invalid: an unknown state or cursor; NotFound, NotAllowed.
    """
    standing = standing_in(actor, slug, READERS)
    project = standing.project
    rows = Item.objects.filter(project=project.id).select_related("batch")
    if state:
        if state not in STATES:
            message = f"Unknown state {state!r}; one of {', '.join(STATES)}."
            raise Invalid(message, fields={"state": message})
        rows = unsealed(actor.id, standing, rows.filter(state=state))
    if search:
        rows = rows.filter(external_id__startswith=search) | rows.filter(
            public_id__startswith=search
        )
    if cursor:
        last = Item.objects.filter(project=project.id, public_id=cursor).first()
        if last is None:
            raise Invalid("This page of the list is gone. Start again.")
        rows = rows.filter(pk__lt=last.pk)
    found = list(rows.order_by("-pk")[: PAGE + 1])
    page = found[:PAGE]
    question = project.questions[0].key if project.questions else ""
    sealed = frozenset(seals(actor.id, standing, [item.pk for item in page]))
    return ItemList(
        rows=tuple(
            _without_votes(row) if item.pk in sealed else row
            for item, row in zip(page, _rows(page, question), strict=True)
        ),
        following=page[-1].public_id if len(found) > PAGE else "",
        counts=state_counts(project.id),
        left_out=bool(state) and state not in Item.DISCLOSING and standing.labels,
    )


def _without_votes(row: ItemRow) -> ItemRow:
    nothing: dict[str, tuple[str, ...]] = dict.fromkeys(row.targets, ())
    return replace(row, state="", people=nothing, jury=nothing, sealed=True)


def _rows(items: Sequence[Item], question: str) -> tuple[ItemRow, ...]:
    ids = [item.pk for item in items]
    units, texts = units_of(ids), beginnings(ids)
    people: dict[tuple[int, str], list[str]] = {}
    votes = HumanVote.objects.filter(annotation__item__in=ids, question=question, counts=True)
    for pk, target, value in votes.values_list("annotation__item", "unit__target", "value"):
        people.setdefault((pk, target), []).append(value)
    jury: dict[tuple[int, str], list[str]] = {}
    opinions = JurorVote.objects.filter(
        opinion__inquiry__item__in=ids, question=question, counts=True
    )
    for pk, target, value in opinions.values_list(
        "opinion__inquiry__item", "unit__target", "value"
    ):
        jury.setdefault((pk, target), []).append(value)
    found = []
    for item in items:
        targets = tuple(unit.target for unit in units.get(item.pk, ()))
        found.append(
            ItemRow(
                public_id=item.public_id,
                external_id=item.external_id,
                state=item.state,
                batch=item.batch.number,
                excerpt=texts.get(item.pk, ""),
                language=item.language,
                targets=targets,
                people={t: tuple(sorted(people.get((item.pk, t), ()))) for t in targets},
                jury={t: tuple(sorted(jury.get((item.pk, t), ()))) for t in targets},
            )
        )
    return tuple(found)
