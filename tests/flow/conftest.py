"""The published files lie beside the repository; where they are absent their test is no part of the run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from annotator.catalog.queries import ProjectView
from tests.flow.counted_world import a_project
from tests.standing import standing

SHARED = Path(__file__).resolve().parents[3] / "shared"

collect_ignore = [] if SHARED.is_dir() else ["test_real_files.py"]


@pytest.fixture(scope="module")
def standing_counted(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[ProjectView]:
    """A project with counts behind its agreement, shared by a module's tests."""
    yield from standing(a_project, django_db_blocker)


@pytest.fixture
def counted_project(standing_counted: ProjectView, db: None) -> ProjectView:
    """Return it as it was made."""
    return standing_counted
