"""Writes of set-asides: made with all they cover in one statement, lifted by a row of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models import BigIntegerField, Count, F, Value
from django.db.models.functions import Cast

from annotator.audit import services as audit
from annotator.core.errors import Conflict, NotFound
from annotator.quality.models import Lifting, SetAside, SetAsideAnswer
from annotator.quality.queries.asides import Rows, Wanted, answers_of, matching

_TABLE: Final = SetAsideAnswer._meta.db_table  # noqa: SLF001 - Django documents it


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why answers are set aside: a code that releases name, and the manager's own words."""

    code: str
    reason: str


def make(
    *, project_id: int, wanted: Wanted, grounds: Grounds, digest: str, actor: int | None
) -> SetAside:
    """Store a set-aside and the answers it covers at this moment; it is in force at once.

    Raises Conflict where it would cover nothing. Part of the caller's transaction.
    """
    row = SetAside.objects.create(
        project_id=project_id,
        person_id=wanted.person,
        juror_version_id=wanted.juror_version,
        given_from=wanted.given_from,
        given_until=wanted.given_until,
        batch_id=wanted.batch,
        category=wanted.category,
        code=grounds.code,
        reason=grounds.reason,
        answers=0,
        units=0,
        items=0,
        digest=digest,
        created_by=actor,
    )
    _cover(row, matching(project_id, wanted))
    found = SetAsideAnswer.objects.filter(set_aside=row).aggregate(
        answers=Count("pk"),
        units=Count("unit", distinct=True),
        items=Count("item", distinct=True),
    )
    if not found["answers"]:
        raise Conflict("There are no such votes.")
    row.answers, row.units, row.items = found["answers"], found["units"], found["items"]
    row.save(update_fields=["answers", "units", "items"])
    _event("set_aside.made", row, actor)
    return row


def _cover(row: SetAside, votes: Rows) -> None:
    """Store which answers a set-aside covers: rows go from table to table, however many."""
    own = "opinion_id" if row.person_id is None else "seat_id"
    given = "given" if row.person_id is None else "seat"
    chosen = answers_of(votes).values_list(
        Cast(Value(row.pk), BigIntegerField()), "item", F("unit_id"), F("question"), given
    )
    sql, parameters = chosen.query.sql_with_params()
    columns = f"set_aside_id, item_id, unit_id, question, {own}"
    with connection.cursor() as cursor:
        # Only names of our own stand in it; values are parameters.
        cursor.execute(f"INSERT INTO {_TABLE} ({columns}) {sql}", parameters)


def lift(*, project_id: int, public_id: str, actor: int | None) -> SetAside:
    """End a set-aside; return it. Raises NotFound, and Conflict where it is lifted already."""
    row = SetAside.objects.filter(project=project_id, public_id=public_id).first()
    if row is None:
        raise NotFound("There is no such set-aside.")
    _, new = Lifting.objects.get_or_create(set_aside=row, defaults={"created_by": actor})
    if not new:
        raise Conflict("This set-aside was lifted already.")
    _event("set_aside.lifted", row, actor)
    return row


def _event(verb: str, row: SetAside, actor: int | None) -> None:
    audit.record(
        verb=verb,
        subject=f"set_aside:{row.pk}",
        actor=actor,
        project=row.project_id,
        data={
            "answers": row.answers,
            "units": row.units,
            "items": row.items,
            "code": row.code,
            "digest": row.digest,
        },
    )
