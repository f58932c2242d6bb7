"""A project at a glance, for who leads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from annotator.accounts import services as accounts
from annotator.accounts.queries import Actor, preferences_of
from annotator.catalog.queries import (
    READERS,
    ProjectView,
    Standing,
    members,
    project_for,
    standing_in,
)
from annotator.core import dbtime
from annotator.core.errors import Invalid
from annotator.flow.sealed import seals
from annotator.intake.models import Item
from annotator.intake.queries import batch_state_counts, batches, summed
from annotator.labeling.models import Annotation, Assignment, Session
from annotator.labeling.queries import SeatCounts, seat_counts
from annotator.panel import queries as panel
from annotator.panel.models import Juror
from annotator.release.models import Release

PRESENT: Final = timedelta(minutes=10)
STEPS: Final = ("item", "quality")
"""The steps of the first five minutes that leave no trace elsewhere."""
LABELS_TO_TRY: Final = 3
MARKS: Final = 12


@dataclass(frozen=True, slots=True)
class BatchLine:
    """An import and how far its items are."""

    number: int
    filename: str
    items: int
    settled: int
    with_lead: int


@dataclass(frozen=True, slots=True)
class AtWork:
    """Somebody who did something in the last ten minutes."""

    name: str
    submitted: int
    since: datetime


@dataclass(frozen=True, slots=True)
class JurorLine:
    """How far a juror is."""

    name: str
    ended: int
    given: int
    abstained: int
    failed: int
    total: int
    paused: str


@dataclass(frozen=True, slots=True)
class Marked:
    """An item somebody flagged, or skipped because the guide has no rule for it."""

    item: str
    external_id: str
    name: str
    note: str
    sealed: bool = False
    """The reader may still label it: the note is kept back."""


@dataclass(frozen=True, slots=True)
class Glance:
    """All that the overview shows but for agreement."""

    states: Mapping[str, int]
    seats: SeatCounts
    batches: tuple[BatchLine, ...]
    at_work: tuple[AtWork, ...]
    people: int
    jurors: tuple[JurorLine, ...]
    flagged: tuple[Marked, ...]
    gaps: tuple[Marked, ...]

    @property
    def imported(self) -> int:
        """All items: the five states add up to it."""
        return sum(self.states.values())


def glance(actor: Actor, slug: str) -> Glance:
    """Return a project at a glance. Raises NotFound, NotAllowed."""
    standing = standing_in(actor, slug, READERS)
    project = standing.project
    everybody = members(project.id)
    by_batch = batch_state_counts(project.id)
    names = {member.person_id: member.name for member in everybody}
    return Glance(
        states=summed(by_batch),
        seats=seat_counts(project.id),
        batches=_batches(project.id, by_batch),
        at_work=_at_work(project.id, names),
        people=sum(1 for member in everybody if member.active and not member.imported),
        jurors=_jurors(project.id),
        flagged=_flagged(actor, standing, names),
        gaps=_gaps(actor, standing, names),
    )


def _batches(project_id: int, counts: Mapping[int, Mapping[str, int]]) -> tuple[BatchLine, ...]:
    return tuple(
        BatchLine(
            number=batch.number,
            filename=batch.filename,
            items=sum(counts[batch.number].values()),
            settled=counts[batch.number].get(Item.State.SETTLED, 0),
            with_lead=counts[batch.number].get(Item.State.WITH_LEAD, 0),
        )
        for batch in batches(project_id, limit=10)
    )


def _at_work(project_id: int, names: Mapping[int, str]) -> tuple[AtWork, ...]:
    rows = Session.objects.filter(
        project=project_id, ended_at__isnull=True, last_seen_at__gt=dbtime.now() - PRESENT
    )
    found = [
        AtWork(names.get(row.person_id, "?"), row.submitted, row.started_at)
        for row in rows.order_by("pk")
    ]
    return tuple(sorted(found, key=lambda row: row.name.casefold()))


def _jurors(project_id: int) -> tuple[JurorLine, ...]:
    paused = dict(Juror.objects.filter(project=project_id).values_list("name", "paused_reason"))
    return tuple(
        JurorLine(
            name=name,
            ended=states["given"] + states["abstained"] + states["failed"],
            given=states["given"],
            abstained=states["abstained"],
            failed=states["failed"],
            total=sum(states.values()),
            paused=paused.get(name, ""),
        )
        for name, states in panel.progress(project_id).items()
    )


def _flagged(actor: Actor, standing: Standing, names: Mapping[int, str]) -> tuple[Marked, ...]:
    """Flags on items that are not settled yet, the newest first."""
    rows = (
        Annotation.objects.filter(
            item__project=standing.project.id,
            flagged=True,
            latest=True,
            withdrawn_at__isnull=True,
        )
        .exclude(item__state=Item.State.SETTLED)
        .select_related("item")
        .order_by("-pk")
    )
    said = [(row.item, names.get(row.person_id, "?"), row.comment) for row in rows[:MARKS]]
    return _marked(actor, standing, said)


def _gaps(actor: Actor, standing: Standing, names: Mapping[int, str]) -> tuple[Marked, ...]:
    rows = (
        Assignment.objects.filter(
            project=standing.project.id,
            state=Assignment.State.SKIPPED,
            skip_reason="policy_gap",
        )
        .exclude(item__state=Item.State.SETTLED)
        .select_related("item")
        .order_by("-pk")
    )
    said = [(row.item, names.get(row.person_id or 0, "?"), row.skip_note) for row in rows[:MARKS]]
    return _marked(actor, standing, said)


def _marked(
    actor: Actor, standing: Standing, said: Sequence[tuple[Item, str, str]]
) -> tuple[Marked, ...]:
    """Return marks, without their notes where the reader may still label the item."""
    sealed = seals(actor.id, standing, [item.pk for item, _, _ in said])
    return tuple(
        Marked(
            item.public_id,
            item.external_id,
            name,
            "" if item.pk in sealed else note,
            sealed=item.pk in sealed,
        )
        for item, name, note in said
    )


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """Which of the first steps a person has taken in the sample project."""

    labeled: int
    saw_item: bool
    decided: bool
    saw_quality: bool
    frozen: bool
    last_item: str
    """The item this person labeled last, else one that is settled; empty if there is none."""


def first_steps(actor: Actor, project: ProjectView) -> FirstSteps | None:
    """Return a person's first steps; None outside a sample, or once they put them away."""
    stored = preferences_of(actor.id)
    if not project.is_sample or project.slug in _texts(stored.get("first_steps_dismissed")):
        return None
    seen = _texts(stored.get("first_steps"))
    own = Annotation.objects.filter(
        person=actor.id, item__project=project.id, latest=True, withdrawn_at__isnull=True
    )
    labels = own.filter(assignment__kind=Assignment.Kind.LABEL)
    last = labels.order_by("-pk").values_list("item__public_id", flat=True).first()
    settled = Item.objects.filter(project=project.id, state=Item.State.SETTLED).order_by("pk")
    any_settled = settled.values_list("public_id", flat=True).first()
    return FirstSteps(
        labeled=labels.count(),
        saw_item="item" in seen,
        decided=own.filter(assignment__kind=Assignment.Kind.ADJUDICATE).exists(),
        saw_quality="quality" in seen,
        frozen=Release.objects.filter(project=project.id).exists(),
        last_item=last or any_settled or "",
    )


def take_step(actor: Actor, slug: str, step: str) -> None:
    """Remember that a person took a step. Raises Invalid, NotFound, NotAllowed."""
    project_for(actor, slug, READERS)
    if step not in STEPS:
        message = f"Unknown step {step!r}; one of {', '.join(STEPS)}."
        raise Invalid(message, fields={"step": message})
    seen = sorted({*_texts(preferences_of(actor.id).get("first_steps")), step})
    accounts.store_preferences(person_id=actor.id, changes={"first_steps": seen})


def dismiss_steps(actor: Actor, slug: str) -> None:
    """Put the first steps of a project away. Raises NotFound, NotAllowed."""
    project_for(actor, slug, READERS)
    away = sorted({*_texts(preferences_of(actor.id).get("first_steps_dismissed")), slug})
    accounts.store_preferences(person_id=actor.id, changes={"first_steps_dismissed": away})


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list) else ()
