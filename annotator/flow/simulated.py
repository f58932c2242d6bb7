"""Simulated people: their seats filled in bulk, by the same rules as everybody's.

States are never written here: votes go on real seats, and `advance` makes of them what it would
make of anybody's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from annotator.accounts.queries import actor_by_username
from annotator.accounts.services import create_person
from annotator.audit import services as audit
from annotator.catalog import services as catalog
from annotator.catalog.models import GuidelineSet, Project
from annotator.catalog.queries import ProjectView, project_by_slug
from annotator.catalog.services import NewGuidelines
from annotator.catalog.starters import starter_guidelines
from annotator.core.digests import sha256_json
from annotator.core.errors import Conflict, NotFound
from annotator.flow.steps import advance
from annotator.intake.models import Unit
from annotator.labeling import services as labeling
from annotator.labeling.models import Annotation, Assignment, Vote
from annotator.labeling.services import note_seats
from jury.verdict import Answer

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """Somebody of a sample project; `simulated` people are no people."""

    username: str
    name: str
    role: str
    simulated: bool
    labels: bool = False
    """Whether a lead takes seats to label, too."""


@dataclass(frozen=True, slots=True)
class SimulatedVote:
    """What a simulated person says of an item on one seat: an answer by (target, question)."""

    item_id: int
    username: str
    answers: Mapping[tuple[str, str], Answer]
    seconds: float
    at: datetime
    guideline_version: str
    comment: str = ""


@transaction.atomic
def mark_sample(project: ProjectView, *, published_at: datetime) -> None:
    """Say that a project is a sample, with its guideline published at this time."""
    Project.objects.filter(pk=project.id).update(is_sample=True)
    GuidelineSet.objects.filter(project=project.id).update(published_at=published_at)


@transaction.atomic
def add_sample_people(project: ProjectView, people: Iterable[SamplePerson]) -> None:
    """Create people and give them their role; who is there already only gets the role."""
    for person in people:
        try:
            person_id = actor_by_username(person.username).id
        except NotFound:
            person_id = create_person(
                username=person.username, display_name=person.name, simulated=person.simulated
            )
        change = catalog.set_member(
            project_id=project.id,
            person_id=person_id,
            username=person.username,
            role=person.role,
        )
        if change and person.labels:
            catalog.set_labeling(project_id=project.id, person_id=person_id, labels_after=0)


@transaction.atomic
def change_guidelines(
    project: ProjectView, change: Mapping[str, Any], *, published_at: datetime
) -> ProjectView:
    """Publish the starter guideline with some sections replaced; return the project with it.

    Args:
        project: Has the starter guideline of the version that the change names as previous.
        change: `version`, `previous`, `categories` and `deconfliction` that take the place of
            those on the same categories.
        published_at: When it was published.

    Raises:
        Conflict: The project's guideline is not the one that is changed.
    """
    starter = starter_guidelines(project.taxonomy.id, project.taxonomy.version)
    if starter is None or not starter.version == project.guideline_version == change["previous"]:
        raise Conflict("The project does not have the guideline that this changes.")
    rules = {str(rule["category"]): rule for rule in change["categories"]}
    pairs = {frozenset((p["first"], p["second"])): p for p in change["deconfliction"]}
    catalog.publish_guidelines(
        project_id=project.id,
        guidelines=NewGuidelines(
            version=str(change["version"]),
            general=starter.general,
            rules=[rules.get(str(rule["category"]), rule) for rule in starter.rules],
            deconfliction=[
                pairs.get(frozenset((pair["first"], pair["second"])), pair)
                for pair in starter.deconfliction
            ],
        ),
    )
    GuidelineSet.objects.filter(project=project.id, current=True).update(published_at=published_at)
    return project_by_slug(project.slug)


@transaction.atomic
def store_votes(project: ProjectView, votes: Sequence[SimulatedVote]) -> None:
    """Fill open seats with votes, in the order given, and advance their items.

    Raises Conflict if an item has no open seat left for a vote.
    """
    people = {name: actor_by_username(name).id for name in {vote.username for vote in votes}}
    items = sorted({vote.item_id for vote in votes})
    seats = _open_seats(items)
    filled = []
    for vote in votes:
        if not seats[vote.item_id]:
            message = f"Item {vote.item_id} has no open seat for {vote.username}."
            raise Conflict(message)
        filled.append((seats[vote.item_id].pop(0), vote))
    _fill(filled, people)
    note_seats(project.id, waiting=-len(filled), done=len(filled))
    _annotate(project, filled, people)
    audit.record(
        verb="sample.votes_stored",
        subject=f"project:{project.id}",
        actor=None,
        project=project.id,
        data={"votes": len(votes), "items": len(items)},
    )
    advance(project, items)


def _open_seats(items: Sequence[int]) -> dict[int, list[Assignment]]:
    found: dict[int, list[Assignment]] = defaultdict(list)
    rows = Assignment.objects.filter(
        item__in=items, kind=Assignment.Kind.LABEL, state=Assignment.State.OPEN
    )
    for seat in rows.order_by("item_id", "number"):
        found[seat.item_id].append(seat)
    return found


def _fill(filled: Sequence[tuple[Assignment, SimulatedVote]], people: Mapping[str, int]) -> None:
    for seat, vote in filled:
        seat.state = Assignment.State.DONE
        seat.person_id = people[vote.username]
        seat.holders = [people[vote.username]]
        seat.ended_at = vote.at
    Assignment.objects.bulk_update(
        [seat for seat, _ in filled],
        ["state", "person", "holders", "ended_at"],
        batch_size=AT_ONCE,
    )


def _annotate(
    project: ProjectView,
    filled: Sequence[tuple[Assignment, SimulatedVote]],
    people: Mapping[str, int],
) -> None:
    annotations = Annotation.objects.bulk_create(
        [
            Annotation(
                assignment=seat,
                item_id=seat.item_id,
                person_id=people[vote.username],
                idempotency_key=f"simulated-{seat.public_id}",
                body_digest=_digest(seat, vote),
                comment=vote.comment,
                seconds=vote.seconds,
                taxonomy_version=project.taxonomy_ref,
                guideline_version=vote.guideline_version,
                evidence_at=vote.at,
            )
            for seat, vote in filled
        ],
        batch_size=AT_ONCE,
    )
    with audit.gathered():
        for annotation, (seat, _) in zip(annotations, filled, strict=True):
            labeling.tell_of(annotation, project_id=seat.project_id)
    units = _units({seat.item_id for seat, _ in filled})
    Vote.objects.bulk_create(
        [
            Vote(
                annotation=annotation,
                unit_id=units[seat.item_id, target],
                question=question,
                value=vote.answers[target, question].value,
                categories=list(vote.answers[target, question].categories),
                severity=vote.answers[target, question].severity,
                other=vote.answers[target, question].other,
            )
            for annotation, (seat, vote) in zip(annotations, filled, strict=True)
            for target, questions in seat.asks.items()
            for question in questions
        ],
        batch_size=AT_ONCE,
    )


def _units(items: Iterable[int]) -> dict[tuple[int, str], int]:
    rows = Unit.objects.filter(item__in=items).values_list("item_id", "target", "pk")
    return {(item, target): pk for item, target, pk in rows}


def _digest(seat: Assignment, vote: SimulatedVote) -> str:
    answers = [
        [target, question, answer.to_document()]
        for (target, question), answer in sorted(vote.answers.items())
    ]
    return sha256_json([seat.public_id, vote.username, answers])
