"""Items that wait for a person who is not there: everybody who could take them knows them already.

Nobody gets an item twice, and who labeled an item never decides it. So an item can wait for ever
where the overlap is larger than the team, or where a dispute was labeled by every lead. Nothing is
stored about that: who can take an item follows from its seats and the project's members.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from annotator.accounts.queries import Actor
from annotator.audit import services as audit
from annotator.catalog.models import Membership
from annotator.catalog.queries import ANNOTATOR, LABELERS, LEADS, READERS, ProjectView, project_for
from annotator.core.errors import Conflict
from annotator.intake import derived
from annotator.intake.models import Item
from annotator.intake.texts import beginnings
from annotator.labeling import services as labeling
from annotator.labeling.allocation import KNOWN
from annotator.labeling.models import Assignment, Session, Shown
from annotator.labeling.services import NewSeat
from annotator.quality.models import Decision

MOST: Final = 500
"""So many are named at once; beyond, a page says "more than"."""
PENDING: Final = (Assignment.State.OPEN, Assignment.State.LEASED)


@dataclass(frozen=True, slots=True)
class WaitingItem:
    """An item that nobody new can take; its excerpt is empty where no texts were asked for."""

    public_id: str
    external_id: str
    language: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for somebody who is not there.

    Attributes:
        to_label: Items with a seat to label that no member can take, at most `MOST`.
        to_decide: Disputes that no lead of the project can take, at most `MOST`.
        labelers: How many members take items to label.
        leads: How many members decide.
        more: Whether there are more than are named.
    """

    to_label: tuple[WaitingItem, ...]
    to_decide: tuple[WaitingItem, ...]
    labelers: int
    leads: int
    more: bool


def waiting(actor: Actor, slug: str, *, texts: bool = False) -> Waiting:
    """Return what no member of a project can take, with texts if asked.

    Raises NotFound, NotAllowed.
    """
    project = project_for(actor, slug, READERS)
    to_label, more = _named(_to_label(project), texts=texts)
    to_decide, more_disputes = _named(_to_decide(project), texts=texts)
    return Waiting(
        to_label=to_label,
        to_decide=to_decide,
        labelers=_labelers(project.id).count(),
        leads=_members(project.id).filter(role__in=LEADS).count(),
        more=more or more_disputes,
    )


def _named(items: QuerySet[Item], *, texts: bool) -> tuple[tuple[WaitingItem, ...], bool]:
    found = items.order_by("pk").only("public_id", "external_id", "language")
    rows = list(found[: MOST + 1])
    starts = beginnings([item.pk for item in rows[:MOST]]) if texts else {}
    named = (
        WaitingItem(item.public_id, item.external_id, item.language, starts.get(item.pk, ""))
        for item in rows[:MOST]
    )
    return tuple(named), len(rows) > MOST


def _members(project_id: int) -> QuerySet[Membership]:
    """Return who works in a project: imported raters and simulated people take nothing."""
    return Membership.objects.filter(
        project=project_id,
        active=True,
        person__is_active=True,
        person__is_simulated=False,
        person__imported_for="",
    )


def _labelers(project_id: int) -> QuerySet[Membership]:
    return _members(project_id).filter(role__in=LABELERS, labels_after__isnull=False)


def _strangers(members: QuerySet[Membership]) -> QuerySet[Membership]:
    """Return those of the members who do not know the item of the seat outside."""
    known = Assignment.objects.filter(
        item=OuterRef(OuterRef("item")), person=OuterRef("person"), state__in=KNOWN
    )
    return members.filter(~Exists(known))


def _to_label(project: ProjectView) -> QuerySet[Item]:
    """Return items with an open seat to label that nobody can take, and no lead asked instead."""
    shown = Shown.objects.filter(item=OuterRef(OuterRef("item")), person=OuterRef("person"))
    able = _strangers(_labelers(project.id)).filter(
        Q(role=ANNOTATOR) | Q(Exists(_undisclosed())),
        ~Exists(shown),
        labels_after__lt=OuterRef("item"),
    )
    stuck = Assignment.objects.filter(
        ~Exists(able),
        item=OuterRef("pk"),
        kind=Assignment.Kind.LABEL,
        state=Assignment.State.OPEN,
    )
    asked = Assignment.objects.filter(
        item=OuterRef("pk"), kind=Assignment.Kind.ADJUDICATE, state__in=PENDING
    )
    return _candidates(project).filter(Exists(stuck), ~Exists(asked))


def _undisclosed() -> QuerySet[Item]:
    return Item.objects.filter(pk=OuterRef(OuterRef("item")), disclosed=False)


def _candidates(project: ProjectView) -> QuerySet[Item]:
    """Return the items that one of the labelers cannot take: whoever did least.

    What everybody knows this one knows too; so the work grows with what they did, and not with the
    project.
    """
    items = Item.objects.filter(project=project.id)
    done = Session.objects.filter(project=project.id, person=OuterRef("person"))
    total = done.order_by().values("person").annotate(n=Sum(F("submitted") + F("skipped")))
    least = (
        _labelers(project.id)
        .annotate(did=total.values("n"))
        .order_by("labels_after", F("did").asc(nulls_first=True), "pk")
        .first()
    )
    if least is None:
        return items.exclude(state=Item.State.SETTLED)
    known = Assignment.objects.filter(project=project.id, person=least.person_id, state__in=KNOWN)
    shown = Shown.objects.filter(person=least.person_id)
    # One list of ids, not two conditions: from it the planner starts, where it would otherwise look
    # at every open seat of the project.
    knows = Q(pk__in=known.order_by().values("item").union(shown.order_by().values("item")))
    if least.labels_after:
        knows |= Q(pk__lte=least.labels_after)
    if least.role != ANNOTATOR:
        knows |= Q(disclosed=True)
    return items.filter(knows)


def _to_decide(project: ProjectView) -> QuerySet[Item]:
    """Return items whose dispute no lead can take."""
    able = _strangers(_members(project.id).filter(role__in=LEADS))
    stuck = Assignment.objects.filter(
        ~Exists(able),
        item=OuterRef("pk"),
        kind=Assignment.Kind.ADJUDICATE,
        state=Assignment.State.OPEN,
    )
    open_disputes = Assignment.objects.filter(
        project=project.id, kind=Assignment.Kind.ADJUDICATE, state=Assignment.State.OPEN
    )
    return Item.objects.filter(Exists(stuck), pk__in=open_disputes.values("item"))


@transaction.atomic
def send_to_lead(actor: Actor, slug: str, public_ids: Sequence[str] | None = None) -> int:
    """Ask a lead about items that nobody can label any more; return how many.

    Their seats to label stay: whoever comes may still take them until the lead has decided.

    Args:
        actor: Who asks.
        slug: The project.
        public_ids: Which of the waiting items; None: all that are named.

    Raises:
        Conflict: None of these waits any more; NotFound, NotAllowed.
    """
    project = project_for(actor, slug, LEADS)
    wanted = _to_label(project)
    if public_ids is not None:
        wanted = wanted.filter(public_id__in=public_ids)
    ids = list(wanted.order_by("pk").values_list("pk", flat=True)[:MOST])
    derived.lock_items(ids)
    # Somebody may have come, or asked a lead, before the lock.
    ids = list(_to_label(project).filter(pk__in=ids).order_by("pk").values_list("pk", flat=True))
    seats = [seat for seat in (_seat(project, item_id) for item_id in ids) if seat.asks]
    if not seats:
        raise Conflict("None of these items waits any more.")
    labeling.open_seats(seats)
    with audit.gathered():
        for seat in seats:
            audit.record(
                verb="item.sent_to_lead",
                subject=f"item:{seat.item_id}",
                actor=actor.id,
                project=project.id,
            )
    return len(seats)


def _seat(project: ProjectView, item_id: int) -> NewSeat:
    """Return a lead's seat that asks what the item's open seats ask and is not settled yet."""
    seats = Assignment.objects.filter(item=item_id).order_by("number")
    settled = set(
        Decision.objects.filter(
            unit__item=item_id, current=True, outcome=Decision.Outcome.SETTLED
        ).values_list("unit__target", "question")
    )
    asks: dict[str, list[str]] = {}
    rows: list[Any] = list(seats)
    for seat in rows:
        if seat.kind != Assignment.Kind.LABEL or seat.state != Assignment.State.OPEN:
            continue
        for target, questions in seat.asks.items():
            known = asks.setdefault(target, [])
            known += [q for q in questions if q not in known and (target, q) not in settled]
    return NewSeat(
        project_id=project.id,
        item_id=item_id,
        number=rows[-1].number + 1,
        reason=Assignment.Reason.ADJUDICATION,
        round=max(seat.round for seat in rows) + 1,
        asks={target: questions for target, questions in asks.items() if questions},
        kind=Assignment.Kind.ADJUDICATE,
        seed=project.seed,
    )
