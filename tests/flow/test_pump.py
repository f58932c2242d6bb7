"""From queued inquiries to stored opinions, over real HTTP to a jury that misbehaves."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from annotator.accounts.queries import Actor, actor
from annotator.catalog.queries import ProjectView, project_by_slug
from annotator.core.errors import Conflict, DomainError
from annotator.flow import jobs, jury_jobs
from annotator.flow.endpoints import permitted
from annotator.flow.models import Job
from annotator.flow.projects import apply
from annotator.flow.pump import Pump, in_database
from annotator.flow.tasks import PUMP, WORK, run_sweep
from annotator.panel.models import SUPERSEDED, Call, Inquiry, Opinion
from tests.factories import JUROR, add_member, make_item, make_project
from tests.fakes.llm_server import FakeServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def jury() -> Iterator[FakeServer]:
    with FakeServer() as server:
        host = server.base_url.split("/")[2]
        with override_settings(JURY_ALLOWED_HOSTS=[host]):
            yield server


@pytest.fixture
def pump() -> Iterator[Pump]:
    made = Pump()
    yield made
    made.finish()
    PUMP.finish()
    if connection.vendor == "postgresql":  # its threads would keep the database from ending
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


def with_jurors(
    server: FakeServer, more: Mapping[str, object] | None = None, **models: str
) -> ProjectView:
    """Apply a project whose jurors have these models: they choose the fault."""
    own = {"base_url": server.base_url, "attempts": 1, **(more or {})}
    jurors = [{**JUROR, **own, "name": name, "model": model} for name, model in models.items()]
    apply(
        {
            "contract": 1,
            "project": {
                "slug": "p1",
                "name": "P1",
                "taxonomy": "aegis2@2.0",
                "targets": ["prompt"],
                "questions": ["safety"],
            },
            "juror": jurors,
        }
    )
    return project_by_slug("p1")


def test_letters_that_no_database_takes_stop_nobody(jury: FakeServer, pump: Pump) -> None:
    """One such reply used to fail every flush it stood in, for ever: the whole jury rested."""
    project = with_jurors(
        jury, odd="odd_letters", refuses="odd_refusal", fails="odd_error", sound="ok"
    )
    make_item(project, response=None)
    pump.round(20.0)

    states = dict(Inquiry.objects.values_list("juror_version__juror__name", "state"))
    assert states == {"odd": "given", "refuses": "abstained", "fails": "failed", "sound": "given"}
    assert Call.objects.count() == 4
    said = Opinion.objects.get(inquiry__juror_version__juror__name="odd")
    assert said.rationale == "half a \ufffd face \ufffd"


def test_a_juror_as_it_was_is_never_asked_as_it_is_now(jury: FakeServer, pump: Pump) -> None:
    """What the new model says must not stand under the version of the old one."""
    project = with_jurors(jury, j1="ok")
    make_item(project, response=None)
    with_jurors(jury, j1="prose")
    pump.round(20.0)
    run_sweep()

    row = Inquiry.objects.get()
    assert (row.state, row.reason) == (Inquiry.State.FAILED, SUPERSEDED)
    assert jury.fake.calls == []

    with_jurors(jury, j1="ok")  # as it was: the question waits again
    pump.round(20.0)
    assert Inquiry.objects.get().state == Inquiry.State.GIVEN
    assert [call["body"]["model"] for call in jury.fake.calls] == ["ok"]  # type: ignore[index]


def test_a_new_price_or_key_is_used_at_once(jury: FakeServer, pump: Pump) -> None:
    """A pump runs for weeks; what it keeps of a juror must not outlive the juror's settings."""
    project = with_jurors(jury, j1="ok")
    make_item(project, "i1", response=None)
    pump.round(20.0)
    with_jurors(jury, {"price_in": 1.0, "price_out": 1.0}, j1="ok")
    make_item(project, "i2", response=None)
    pump.round(20.0)
    assert [bool(cost) for cost in Call.objects.order_by("pk").values_list("cost", flat=True)] == [
        False,
        True,
    ]


@pytest.mark.usefixtures("pump")
def test_a_run_whose_jurors_another_task_asks_waits_in_peace(jury: FakeServer) -> None:
    """It used to ask the database as fast as that answered, for as long as the other was at it."""
    jury.fake.latency = 2.0
    project = with_jurors(jury, j1="ok")
    make_item(project, response=None)
    jury_jobs.start(actor(add_member(project, "lead", "manager")), "p1")
    with ThreadPoolExecutor(1) as other, CaptureQueriesContext(connection) as queries:
        other.submit(in_database(PUMP.round), 20.0)
        while not jury.fake.calls:
            time.sleep(0.05)
        jobs.run_waiting(WORK)
        other.submit(connections.close_all)
    assert Inquiry.objects.get().state == Inquiry.State.GIVEN
    assert len(queries) < 200


def start(lead: Actor, both: threading.Barrier) -> bool:
    try:
        both.wait()
        jury_jobs.start(lead, "p1")
    except Conflict:
        return False
    else:
        return True
    finally:
        connections.close_all()


def test_of_two_runs_started_at_once_one_is_refused() -> None:
    lead = actor(add_member(make_project(), "lead", "manager"))
    for _ in range(10):
        both = threading.Barrier(2)
        with ThreadPoolExecutor(2) as pool:
            started = [pool.submit(start, lead, both) for _ in range(2)]
        assert sorted(each.result() for each in started) == [False, True]
        Job.objects.update(state="done")


@pytest.mark.parametrize(
    "url",
    ["http://h:99999/v1", "http://[::1/v1", f"http://{'a' * 70}.example/v1", "http://[::1]:1/v1"],
)
def test_an_address_that_is_none_is_refused_and_breaks_nothing(url: str) -> None:
    """Anything else would end the round of all projects' jurors."""
    with pytest.raises(DomainError):
        permitted(url)
