"""What is sealed for a lead who labels: what others said of items they may still be given.

A lead who takes seats to label reads votes, opinions, decisions and states of an item only

- once it was disclosed, that is settled or with a lead: no lead is given it any more; or
- once they have labeled it and their answer is final, or have skipped it; or
- once they have said that they will not label it, or held its dispute (`Shown`); or
- if it is none of those that they label.

Who takes no seats to label reads everything. An answer is final after ten minutes, or when its
giver says so; until then it may be a slip of the hand, and can be taken back.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from enum import Enum
from typing import Final

from django.db.models import Q, QuerySet

from annotator.accounts.queries import Actor
from annotator.catalog.queries import ProjectView, Standing, standing_at_hand
from annotator.core import dbtime
from annotator.intake.models import Item
from annotator.labeling.models import Assignment, Shown

FINAL_AFTER: Final = timedelta(minutes=10)
"""As long as a blind answer that is taken back counts as a slip (`flow.lines`)."""


class Seal(Enum):
    """Why an item is sealed for somebody."""

    TO_LABEL = "to_label"
    IN_HAND = "in_hand"
    FRESH = "fresh"


def seals(who: int, standing: Standing, item_ids: Collection[int]) -> dict[int, Seal]:
    """Return those of a project's items that are sealed for a person, with the reason."""
    if not standing.labels:
        return {}
    shown = set(
        Shown.objects.filter(item__in=item_ids, person=who).values_list("item_id", flat=True)
    )
    own = _own(who, item_ids)
    found: dict[int, Seal] = {}
    for pk, disclosed in Item.objects.filter(pk__in=item_ids).values_list("pk", "disclosed"):
        if pk in shown:
            continue
        if pk in own:
            seal = own[pk]
        else:
            seal = None if disclosed or not standing.may_label(pk) else Seal.TO_LABEL
        if seal is not None:
            found[pk] = seal
    return found


def _own(who: int, item_ids: Collection[int]) -> dict[int, Seal | None]:
    """Return what a person's own seats to label say of their items."""
    rows = Assignment.objects.filter(
        item__in=item_ids,
        person=who,
        kind=Assignment.Kind.LABEL,
        state__in=(Assignment.State.LEASED, Assignment.State.DONE, Assignment.State.SKIPPED),
    )
    final_before = dbtime.now() - FINAL_AFTER
    found: dict[int, Seal | None] = {}
    for item, state, ended_at in rows.values_list("item_id", "state", "ended_at"):
        fresh = state == Assignment.State.DONE and ended_at and ended_at > final_before
        seal = Seal.FRESH if fresh else None
        found[item] = Seal.IN_HAND if state == Assignment.State.LEASED else seal
    return found


def unsealed(who: int, standing: Standing, items: QuerySet[Item]) -> QuerySet[Item]:
    """Return those items of a project that a list by state may name to a person.

    That an item is open, in work or to be labeled again says what others did.
    """
    if not standing.labels:
        return items
    own = Assignment.objects.filter(
        project=standing.project.id, person=who, kind=Assignment.Kind.LABEL
    )
    fresh = Q(state=Assignment.State.DONE, ended_at__gt=dbtime.now() - FINAL_AFTER)
    at_work = own.filter(fresh | Q(state=Assignment.State.LEASED))
    over = own.filter(state__in=(Assignment.State.DONE, Assignment.State.SKIPPED))
    shown = Shown.objects.filter(person=who)
    known = (
        Q(disclosed=True) | Q(pk__lte=standing.labels_after or 0) | Q(pk__in=over.values("item"))
    )
    return items.filter(
        Q(pk__in=shown.values("item")) | (known & ~Q(pk__in=at_work.values("item")))
    )


def sealed_among(actor: Actor, project: ProjectView, public_ids: Collection[str]) -> frozenset[str]:
    """Return which of these items, by public id, are sealed for a person."""
    standing = standing_at_hand(actor, project.id)
    if not standing.labels:
        return frozenset()
    rows = Item.objects.filter(project=project.id, public_id__in=public_ids)
    names = dict(rows.values_list("pk", "public_id"))
    return frozenset(names[pk] for pk in seals(actor.id, standing, names))
