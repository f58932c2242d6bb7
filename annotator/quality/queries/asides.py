"""Set-asides: which answers one would cover, which it covers, and which are in force."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Sum, TextField
from django.db.models.functions import Cast, Coalesce

from annotator.core.digests import sha256_json
from annotator.labeling.models import Assignment
from annotator.labeling.models import Vote as HumanVote
from annotator.panel.models import Inquiry
from annotator.panel.models import Vote as JurorVote
from annotator.quality.models import PolicyRun, Ruling, SetAsideAnswer

Key = tuple[int, str]
"""A unit's id and a question's key."""
Rows = QuerySet[Any, Any]
"""Votes of people, or of jurors."""

ADJUDICATOR: Final = Ruling.Source.ADJUDICATOR.value
_IN_FORCE: Final = Q(set_aside__lifting__isnull=True)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose answers, and which of them; ids. One of `person` and `juror_version` is given."""

    person: int | None = None
    juror_version: int | None = None
    given_from: datetime | None = None
    given_until: datetime | None = None
    batch: int | None = None
    category: str = ""

    def document(self) -> dict[str, object]:
        """Return it as JSON-clean values."""
        return {
            "person": self.person,
            "juror_version": self.juror_version,
            "from": self.given_from.isoformat() if self.given_from else None,
            "until": self.given_until.isoformat() if self.given_until else None,
            "batch": self.batch,
            "category": self.category,
        }


@dataclass(frozen=True, slots=True)
class Covered:
    """What a set-aside would cover.

    Attributes:
        answers: Answers of one seat, or opinion, to one question; revisions are one.
        counting: How many of their votes count now.
        aside: How many answers another set-aside in force covers too.
        digest: Of all of it: another one means that the votes changed.
    """

    answers: int
    units: int
    items: int
    counting: int
    aside: int
    rulings: Mapping[str, int]
    digest: str


def set_aside_on_seat() -> Exists:
    """Return whether a person's vote is set aside."""
    return Exists(
        SetAsideAnswer.objects.filter(
            _IN_FORCE,
            seat=OuterRef("annotation__assignment_id"),
            unit=OuterRef("unit_id"),
            question=OuterRef("question"),
        )
    )


def set_aside_opinion() -> Exists:
    """Return whether a juror's vote is set aside."""
    return Exists(
        SetAsideAnswer.objects.filter(
            _IN_FORCE, opinion=OuterRef("opinion_id"), question=OuterRef("question")
        )
    )


def matching(project_id: int, wanted: Wanted) -> Rows:
    """Return the votes that a set-aside would cover: never a lead's answer as a lead.

    A person's votes of any population, all revisions; a juror version's on its panel.
    """
    if wanted.person is not None:
        rows: Rows = _of_person(project_id, wanted.person)
        moment = Coalesce("annotation__evidence_at", "annotation__created_at")
    else:
        rows = _of_juror(project_id, wanted.juror_version or 0)
        moment = Coalesce("opinion__evidence_at", "opinion__created_at")
    if wanted.given_from or wanted.given_until:
        rows = rows.alias(moment=moment)
    if wanted.given_from:
        rows = rows.filter(moment__gte=wanted.given_from)
    if wanted.given_until:
        rows = rows.filter(moment__lt=wanted.given_until)
    if wanted.batch is not None:
        rows = rows.filter(unit__item__batch=wanted.batch)
    if wanted.category:
        # As text: SQLite cannot look into a list.
        named = rows.alias(named=Cast("categories", TextField()))
        rows = named.filter(named__contains=f'"{wanted.category}"')
    return rows


def _of_person(project_id: int, person: int) -> QuerySet[HumanVote]:
    return HumanVote.objects.filter(
        annotation__person=person, annotation__assignment__project=project_id
    ).exclude(annotation__assignment__reason=Assignment.Reason.ADJUDICATION)


def _of_juror(project_id: int, version: int) -> QuerySet[JurorVote]:
    return JurorVote.objects.filter(
        opinion__inquiry__juror_version=version,
        opinion__inquiry__project=project_id,
        opinion__inquiry__purpose=Inquiry.Purpose.PANEL,
    )


def answers_of(rows: Rows) -> QuerySet[Any, dict[str, Any]]:
    """Return the distinct answers of votes as `item`, `unit_id`, `question`, and `seat` or `given`."""
    item = F("unit__item_id")
    of_person = rows.model is HumanVote
    own = {"seat": F("annotation__assignment_id")} if of_person else {"given": F("opinion_id")}
    return rows.order_by().values("unit_id", "question", item=item, **own).distinct()


def covered(project_id: int, wanted: Wanted) -> Covered:
    """Return what a set-aside would cover, counted by the database."""
    rows = matching(project_id, wanted)
    of_person = wanted.person is not None
    found = rows.aggregate(
        n=Count("pk"),
        last=Max("pk"),
        sum=Sum("pk"),
        units=Count("unit", distinct=True),
        items=Count("unit__item", distinct=True),
        counting=Count("pk", filter=Q(counts=True)),
    )
    taken = rows.filter(set_aside_on_seat() if of_person else set_aside_opinion())
    seen = {name: int(found[name] or 0) for name in ("n", "last", "sum")}
    return Covered(
        answers=answers_of(rows).count(),
        units=found["units"],
        items=found["items"],
        counting=found["counting"],
        aside=answers_of(taken).count(),
        rulings=_rulings(rows),
        digest=sha256_json({**wanted.document(), **seen})[:16],
    )


def _rulings(rows: Rows) -> Mapping[str, int]:
    """Return how many rulings in force stand on the answers' units and questions, by source."""
    same = rows.filter(unit=OuterRef("unit_id"), question=OuterRef("question"))
    units = rows.order_by().values("unit_id")
    found = Ruling.objects.filter(Exists(same), unit__in=units, current=True)
    by_source = found.values_list("source").annotate(n=Count("pk")).order_by("source")
    return dict(by_source)


def next_items(set_aside: int, after: int, limit: int) -> list[int]:
    """Return the next items that a set-aside covers answers on, in order of id."""
    rows = SetAsideAnswer.objects.filter(set_aside=set_aside, item__gt=after)
    ids = rows.order_by("item_id").values_list("item_id", flat=True).distinct()
    return list(ids[:limit])


def keys_of(set_aside: int, item_ids: Collection[int]) -> frozenset[Key]:
    """Return the units' questions of these items that a set-aside covers answers to."""
    rows = SetAsideAnswer.objects.filter(set_aside=set_aside, item__in=item_ids)
    return frozenset(rows.values_list("unit_id", "question").distinct())


def keys_in_force(item_ids: Collection[int]) -> frozenset[Key]:
    """Return the units' questions of these items to which answers are set aside now."""
    rows = SetAsideAnswer.objects.filter(_IN_FORCE, item__in=item_ids)
    return frozenset(rows.values_list("unit_id", "question").distinct())


def keys_since(run: int, item_ids: Collection[int]) -> Mapping[int, frozenset[Key]]:
    """Return by item the units' questions whose answers were set aside, or back, after a run."""
    later = PolicyRun.objects.filter(pk__gt=run, set_aside__isnull=False).values("set_aside")
    rows = SetAsideAnswer.objects.filter(set_aside__in=later, item__in=item_ids)
    found: dict[int, set[Key]] = {}
    for item, unit, question in rows.values_list("item_id", "unit_id", "question").distinct():
        found.setdefault(item, set()).add((unit, question))
    return {item: frozenset(keys) for item, keys in found.items()}
