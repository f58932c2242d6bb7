"""Who may call what: every part of the cast on every address, and the absent look like theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annotator.audit.models import Event
from annotator.catalog.models import Membership
from annotator.catalog.queries import ProjectView
from annotator.flow.models import Job
from annotator.intake.models import Item
from annotator.labeling.models import Assignment
from tests.api.conftest import Api
from tests.cast import Cast

AsPart = Callable[[str], Api]

PARTS = ("ann1", "ann2", "adjudicator", "manager", "outsider", "administrator")
NOT = (403, 403, 403)
WHOSE: dict[str, object] = {"juror": "juror-one"}
MAKING: dict[str, object] = {**WHOSE, "code": "other", "reason": "None that was given."}

# Address, method, body, and what ann1, ann2, adjudicator, manager, outsider, administrator get.
CALLS: list[tuple[str, str, object, tuple[int, ...]]] = [
    ("/projects/p1/lease", "GET", None, (204, 204, 204, 204, 404, 204)),
    ("/projects/p1/lease", "POST", {"kind": "label"}, (200, 200, 403, 403, 404, 403)),
    ("/projects/p1/lease", "POST", {"kind": "adjudicate"}, (403, 403, 204, 204, 404, 204)),
    ("/projects/p1/progress", "GET", None, (*NOT, 200, 404, 200)),
    ("/projects/p1/agreement", "GET", None, (*NOT, 200, 404, 200)),
    ("/projects/p1/units", "GET", None, (*NOT, 200, 404, 200)),
    ("/projects/p1/units/{unit}", "GET", None, (*NOT, 200, 404, 200)),
    ("/projects/p1/whatif", "POST", {"policy": "majority"}, (*NOT, 202, 404, 202)),
    ("/projects/p1/policy", "GET", None, (*NOT, 200, 404, 200)),
    ("/projects/p1/policy/apply", "POST", {"policy": "panel"}, (*NOT, 202, 404, 409)),
    ("/projects/p1/runs", "GET", None, (*NOT, 200, 404, 200)),
    ("/projects/p1/runs/1/rollback", "POST", {}, (*NOT, 404, 404, 404)),
    ("/projects/p1/runs/1/resume", "POST", {}, (*NOT, 404, 404, 404)),
    ("/projects/p1/imports", "POST", b"", (*NOT, 400, 404, 400)),
    ("/projects/p1/jury", "POST", {"action": "pause"}, (*NOT, 202, 404, 202)),
    ("/projects/p1/set-asides", "GET", None, (*NOT, 200, 404, 200)),
    ("/projects/p1/set-asides", "POST", MAKING, (*NOT, 409, 404, 409)),
    ("/projects/p1/set-asides/preview", "POST", WHOSE, (*NOT, 200, 404, 200)),
    ("/projects/p1/set-asides/resume", "POST", {}, (*NOT, 409, 404, 409)),
    ("/projects/p1/set-asides/none/lift", "POST", {}, (*NOT, 404, 404, 404)),
    ("/projects/p1/releases", "POST", {}, (*NOT, 202, 404, 202)),
    ("/projects/p1/releases/1", "GET", None, (*NOT, 404, 404, 404)),
    ("/projects/p1/releases/1/export?format=csv", "GET", None, (*NOT, 404, 404, 404)),
    ("/jobs/{job}", "GET", None, (404, 404, 404, 200, 404, 200)),
    ("/jobs/{job}/stop", "POST", {}, (404, 404, 404, 200, 404, 200)),
]


IDS = [f"{method} {path} {number}" for number, (path, method, _, _) in enumerate(CALLS)]


@pytest.fixture
def unit(project: ProjectView) -> str:
    """The public name of a unit of the project."""
    first = Item.objects.filter(project=project.id).order_by("pk")[0]
    return f"{first.public_id}:prompt"


@pytest.mark.parametrize(("path", "method", "body", "statuses"), CALLS, ids=IDS)
def test_each_part_gets_what_its_role_allows(
    cast: Cast, unit: str, path: str, method: str, body: object, statuses: tuple[int, ...]
) -> None:
    project = Item.objects.values_list("project", flat=True).order_by("pk")[0]
    found = []
    for part in PARTS:
        Job.objects.all().delete()
        job = Job.objects.create(project_id=project, kind=Job.Kind.IMPORT_ITEMS)
        address = path.format(unit=unit, job=job.public_id)
        api = Api(getattr(cast, part).token)
        found.append(api.call(method, address, **sent(body)).status)
    assert found == list(statuses)


def sent(body: object) -> dict[str, Any]:
    """Return how a body is sent: bytes as an empty form, all else as JSON."""
    if isinstance(body, bytes):
        return {"data": body, "content_type": "multipart/form-data; boundary=b"}
    return {"body": body}


@pytest.mark.parametrize(("path", "method", "body", "statuses"), CALLS, ids=IDS)
def test_what_is_not_theirs_looks_absent(
    cast: Cast, unit: str, path: str, method: str, body: object, statuses: tuple[int, ...]
) -> None:
    project = Item.objects.values_list("project", flat=True).order_by("pk")[0]
    theirs = Job.objects.create(project_id=project, kind=Job.Kind.IMPORT_ITEMS)
    events, seats = Event.objects.count(), Assignment.objects.filter(state="open").count()
    api = Api(cast.outsider.token)
    not_mine = api.call(method, path.format(unit=unit, job=theirs.public_id), **sent(body))
    gone = path.replace("p1", "px").format(unit="abc:prompt", job="abc")
    absent = api.call(method, gone, **sent(body))
    assert not_mine.status == absent.status == 404
    assert not_mine.body | {"request_id": ""} == absent.body | {"request_id": ""}
    assert len(not_mine.raw) == len(absent.raw)
    assert Event.objects.count() == events
    assert Assignment.objects.filter(state="open").count() == seats


def test_looking_changes_nothing(cast: Cast) -> None:
    before = Event.objects.count(), list(Assignment.objects.values_list("pk", "state", "person"))
    api = Api(cast.manager.token)
    for path, method, _, _ in CALLS:
        if method == "GET":
            api.call("GET", path.format(unit="abc:prompt", job="abc"))
            api.call("HEAD", path.format(unit="abc:prompt", job="abc"))
    after = Event.objects.count(), list(Assignment.objects.values_list("pk", "state", "person"))
    assert after == before


def test_a_former_member_gets_nowhere(cast: Cast, as_: AsPart) -> None:
    leased = as_("ann1").lease()
    Membership.objects.filter(person=cast.ann1.id).update(active=False)
    assert as_("ann1").call("POST", "/projects/p1/lease", {"kind": "label"}).status == 404
    assert as_("ann1").submit(leased).status == 404
