"""A prepared query says what the ORM says, whatever its values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from annotator.core.prepared import Prepared
from annotator.intake.models import Item, Unit
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
