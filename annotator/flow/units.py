"""One unit with its decision, its ruling and every vote: for managers, never for labelers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from annotator.accounts.queries import Actor
from annotator.catalog.queries import MANAGERS, ProjectView, members, standing_in
from annotator.core.errors import Invalid, NotAllowed
from annotator.flow.overview import find_unit
from annotator.flow.sealed import seals
from annotator.intake.models import Unit
from annotator.labeling.models import Vote as HumanVote
from annotator.panel.models import Inquiry, Opinion
from annotator.quality.models import Decision, Ruling


@dataclass(frozen=True, slots=True)
class DecisionView:
    """What the policy made of the votes; prior and posterior are None where it has none."""

    outcome: str
    words: str
    votes: Mapping[str, object]
    prior: object
    posterior: object
    policy_version: int


@dataclass(frozen=True, slots=True)
class RulingView:
    """A unit's final answer and where it comes from."""

    value: str
    categories: tuple[str, ...]
    severity: str
    source: str
    rule: str
    human_judged: bool
    contested: bool


@dataclass(frozen=True, slots=True)
class VoteView:
    """An answer or an abstention; `rater` is a person's pseudonym or a juror's name."""

    rater: str
    kind: str
    state: str
    reason: str
    value: str
    categories: tuple[str, ...]
    severity: str
    seconds: float | None
    round: int | None
    phase: str
    superseded: bool
    counts: bool
    juror_version: str
    at: datetime


@dataclass(frozen=True, slots=True)
class UnitDetail:
    """One question on one unit, with all that was said."""

    id: str
    external_id: str
    target: str
    question: str
    decision: DecisionView | None
    ruling: RulingView | None
    votes: tuple[VoteView, ...]


def unit_detail(actor: Actor, slug: str, unit_id: str, question: str = "") -> UnitDetail:
    """Return a unit with its evidence on one question, by default its first.

    Raises Invalid for a question that is not asked of it, NotFound, and NotAllowed also for who
    may still label the item.
    """
    standing = standing_in(actor, slug, MANAGERS)
    project = standing.project
    unit = find_unit(project, unit_id)
    if seals(actor.id, standing, [unit.item_id]):
        raise NotAllowed("You may still label this item: what was said of it is sealed for you.")
    asked = [schema.key for schema in project.questions_for(unit.target)]
    key = question or next(iter(asked), "")
    if key not in asked:
        message = f"{key!r} is not asked of {unit.target}; asked: {', '.join(asked) or 'nothing'}."
        raise Invalid(message, fields={"question": message})
    return UnitDetail(
        id=unit_id,
        external_id=unit.item.external_id,
        target=unit.target,
        question=key,
        decision=_decision(unit, key),
        ruling=_ruling(unit, key),
        votes=(*_people(project, unit, key), *_jurors(unit, key)),
    )


def _decision(unit: Unit, question: str) -> DecisionView | None:
    row = (
        Decision.objects.select_related("policy_version")
        .filter(unit=unit, question=question, current=True)
        .first()
    )
    if row is None:
        return None
    return DecisionView(
        outcome=row.outcome,
        words=row.words,
        votes=row.evidence.get("votes", {}),
        prior=row.evidence.get("prior"),
        posterior=row.evidence.get("posterior"),
        policy_version=row.policy_version.version,
    )


def _ruling(unit: Unit, question: str) -> RulingView | None:
    row = Ruling.objects.filter(unit=unit, question=question, current=True).first()
    if row is None:
        return None
    return RulingView(
        value=row.value,
        categories=tuple(row.categories),
        severity=row.severity,
        source=row.source,
        rule=row.rule,
        human_judged=row.human_judged,
        contested=row.contested,
    )


def _people(project: ProjectView, unit: Unit, question: str) -> Iterator[VoteView]:
    names = {member.person_id: member.pseudonym for member in members(project.id)}
    rows = HumanVote.objects.select_related("annotation__assignment").filter(
        unit=unit, question=question
    )
    for row in rows.order_by("pk"):
        annotation = row.annotation
        yield VoteView(
            rater=names.get(annotation.person_id, ""),
            kind="human",
            state="given",
            reason=annotation.assignment.reason,
            value=row.value,
            categories=tuple(row.categories),
            severity=row.severity,
            seconds=annotation.seconds,
            round=annotation.assignment.round,
            phase=annotation.phase,
            superseded=not annotation.latest,
            counts=row.counts,
            juror_version="",
            at=annotation.evidence_at or annotation.created_at,
        )


def _jurors(unit: Unit, question: str) -> Iterator[VoteView]:
    rows = (
        Opinion.objects.select_related("inquiry__juror_version__juror")
        .prefetch_related("votes")
        .filter(unit=unit, inquiry__purpose=Inquiry.Purpose.PANEL)
    )
    for row in rows.order_by("pk"):
        vote = next((vote for vote in row.votes.all() if vote.question == question), None)
        if vote is None and row.state == Opinion.State.GIVEN:
            continue
        version = row.inquiry.juror_version
        yield VoteView(
            rater=version.juror.name,
            kind="juror",
            state=row.state,
            reason=row.reason,
            value=vote.value if vote else "",
            categories=tuple(vote.categories) if vote else (),
            severity=vote.severity if vote else "",
            seconds=None,
            round=None,
            phase="blind",
            superseded=False,
            counts=bool(vote and vote.counts),
            juror_version=version.digest,
            at=row.evidence_at or row.created_at,
        )
