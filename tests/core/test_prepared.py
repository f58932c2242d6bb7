"""A prepared query says what the ORM says, whatever its values."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from annotator.audit.models import Event
from annotator.core.prepared import Prepared
from annotator.core.prepared_writes import PreparedInsert, PreparedUpdate
from annotator.intake.models import Item, Unit
from annotator.labeling.models import Assignment, ClaimCursor
from tests.factories import make_item, make_project

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db

UNITS = Prepared(
    lambda items: Unit.objects.filter(item__in=items).order_by("pk").values_list("pk", "target")
)
ITEMS = Prepared(
    lambda project, name: Item.objects.filter(project=project, external_id=name).values_list(
        "pk", "metadata"
    )
)
GIVE = PreparedUpdate(
    lambda items, holders, until, lease: (
        Assignment.objects.filter(item__in=items, state="open", number=1),
        {"holders": holders, "lease_until": until, "lease": lease, "round": F("round") + 1},
    )
)
SECONDS = PreparedUpdate(
    lambda seat, ring: (Assignment.objects.filter(pk=seat), {"ring": F("ring") + ring})
)
EVENTS = PreparedInsert(Event)
CURSORS = PreparedInsert(ClaimCursor)
BEGINNING = Prepared(lambda name: Item.objects.filter(external_id__startswith=name).values_list())


def test_one_id_and_many_ids_read_the_same_rows() -> None:
    """Claim: a prepared read of one id is the ORM's, and so is one of several or none."""
    project = make_project()
    first, second = make_item(project, "i1"), make_item(project, "i2")
    for ids in ([first], [second], [first, second], []):
        expected = Unit.objects.filter(item__in=ids).order_by("pk").values_list("pk", "target")
        assert UNITS(items=ids) == list(expected)


def test_other_values_are_other_rows(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    """Claim: values of an earlier call never show in a later one; columns are converted."""
    project = make_project()
    first, second = make_item(project, "a1"), make_item(project, "b1")
    with django_assert_num_queries(3):
        assert ITEMS(project=project.id, name="a1") == [(first, {})]
        assert ITEMS(project=project.id, name="b1") == [(second, {})]
        assert ITEMS(project=project.id + 1, name="a1") == []


def test_a_value_that_a_lookup_changes_is_refused() -> None:
    """Claim: a query whose value would be lost says so at its first call."""
    with pytest.raises(ValueError, match="name"):
        BEGINNING(name="i")


@pytest.mark.parametrize("count", [1, 2, 6])
def test_an_update_writes_the_rows_it_names_and_counts_them(count: int) -> None:
    """Claim: JSON, times, texts and sums arrive, for one id, some and many; others stay."""
    project = make_project()
    items = [make_item(project, f"i{n}") for n in range(count)]
    other = make_item(project, "other")
    until = datetime(2026, 11, 25, 12, tzinfo=UTC)
    for holders, lease in (([7], "100 % {a} 'b'"), ([8, 9], "c")):
        assert GIVE(items=tuple(items), holders=holders, until=until, lease=lease) == count
        rows = Assignment.objects.filter(item__in=items, number=1)
        assert {(tuple(row.holders), row.lease_until, row.lease) for row in rows} == {
            (tuple(holders), until, lease)
        }
    assert {row.round for row in Assignment.objects.filter(item__in=items, number=1)} == {3}
    assert Assignment.objects.get(item=other, number=1).lease == ""
    assert GIVE(items=(), holders=[1], until=until, lease="d") == 0


def test_a_large_number_after_a_small_one_is_the_same_statement() -> None:
    """Claim: numbers of any size go by one statement, which a smaller one did not narrow."""
    project = make_project()
    seat = Assignment.objects.filter(item=make_item(project)).earliest("pk")
    for more in (1, 40_000, 2_000_000_000 - seat.ring % 7):
        Assignment.objects.filter(pk=seat.pk).update(ring=1)
        assert SECONDS(seat=seat.pk, ring=more) == 1
        assert Assignment.objects.get(pk=seat.pk).ring == 1 + more


@pytest.mark.parametrize("count", [0, 1, 3, 9])
def test_inserted_rows_have_keys_in_their_order_and_all_that_the_orm_gives(count: int) -> None:
    rows = [
        Event(verb=f"v{n}", subject="s", actor=n or None, data={"n": [n, None, "ü"]})
        for n in range(count)
    ]
    EVENTS(rows)
    stored = list(Event.objects.order_by("pk"))
    assert [row.pk for row in stored] == [row.pk for row in rows]
    assert [(row.verb, row.actor, row.data) for row in stored] == [
        (row.verb, row.actor, row.data) for row in rows
    ]
    assert all(row.at is not None for row in stored)
    for row in rows:
        row.verb = "changed"
        row.save()
    assert Event.objects.count() == count


def test_a_broken_constraint_is_the_frameworks_error() -> None:
    project = make_project()
    person = project.id

    def twice() -> None:
        CURSORS([ClaimCursor(person_id=person, project_id=person, kind="x", band=1, position=1)])

    with transaction.atomic():
        twice()
        with pytest.raises(IntegrityError), transaction.atomic():
            twice()
        transaction.set_rollback(True)


def test_the_server_keeps_one_plan_with_constants_written_out() -> None:
    """Claim: a second call plans nothing, and a partial index can be used by the one plan.

    SQLite keeps no statement: there the calls only write.
    """
    project = make_project()
    seat = Assignment.objects.filter(item=make_item(project)).earliest("pk")
    for ring in (1, 100_000):
        SECONDS(seat=seat.pk, ring=ring)
        GIVE(items=(seat.item_id,), holders=[1], until=datetime(2026, 1, 1, tzinfo=UTC), lease="")
    assert Assignment.objects.get(pk=seat.pk).ring == seat.ring + 100_001
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT statement, generic_plans, custom_plans FROM pg_prepared_statements"
            " WHERE statement LIKE 'UPDATE \"labeling_assignment\"%%'"
        )
        kept = cursor.fetchall()
    assert [(generic, custom) for _, generic, custom in kept] == [(2, 0), (2, 0)]
    assert any("= 'open'" in statement for statement, _, _ in kept)
