"""What the leg `postgres` leaves out is what uses no database, and nothing else."""

from __future__ import annotations

import pytest

from tests.storing import stores


def test_without_a_word_about_it_a_test_stores_nothing(request: pytest.FixtureRequest) -> None:
    assert not stores(request.node)


@pytest.mark.django_db
def test_a_mark_says_so(request: pytest.FixtureRequest) -> None:
    assert stores(request.node)


def test_so_does_a_fixture(db: None, request: pytest.FixtureRequest) -> None:
    assert stores(request.node)


@pytest.fixture(scope="module")
def rows_of_the_module(django_db_setup: None) -> None:
    """As rows that a module shares are made."""


def test_so_do_rows_that_a_module_shares(
    rows_of_the_module: None, request: pytest.FixtureRequest
) -> None:
    assert stores(request.node)
