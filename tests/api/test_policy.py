"""What-if, apply, roll back by API: equal to command and page, for managers only."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from annotator.accounts.models import Person
from annotator.catalog.queries import ProjectView, project_by_slug
from annotator.flow import jobs
from annotator.flow.models import Job
from annotator.flow.tasks import WORK
from annotator.flow.verify import verify
from annotator.labeling.models import Assignment
from annotator.quality.models import Decision
from tests.api.conftest import Api
from tests.cast import Cast

AsPart = Callable[[str], Api]

STRICT = {"human_floor": 3, "max_votes": 7}
WISH = {"policy": "majority", "options": STRICT}


@pytest.fixture
def voted(project: ProjectView, cast: Cast, as_: AsPart) -> ProjectView:
    """Two people's votes on all items, who differ about one."""
    for name, values in (("ann1", ("safe", "safe", "safe")), ("ann2", ("safe", "unsafe", "safe"))):
        for value in values:
            assert as_(name).submit(as_(name).lease(), value).status == 201
    return project


def finished(api: Api, reply: Any) -> Any:
    """Run the job that was started and return it."""
    assert (reply.status, set(reply.body)) == (202, {"job"}), reply
    jobs.run_waiting(WORK)
    job = api.call("GET", f"/jobs/{reply.body['job']}").body
    assert job["state"] == "done", job
    return job["result"]


def standing() -> list[tuple[object, ...]]:
    rows = Decision.objects.filter(current=True).order_by("unit", "question")
    return list(rows.values_list("unit", "question", "outcome", "evidence_digest"))


def test_the_figures_are_those_of_the_command_and_the_page(
    voted: ProjectView, cast: Cast, as_: AsPart, capsys: pytest.CaptureFixture[str]
) -> None:
    api, before = as_("manager"), standing()
    found = finished(api, api.call("POST", "/projects/p1/whatif", WISH))
    words = [f"{name}={json.dumps(value)}" for name, value in STRICT.items()]
    capsys.readouterr()
    call_command("whatif", project="p1", policy="majority", option=words, json=True)
    assert {k: v for k, v in found.items() if k != "fits"} == json.loads(capsys.readouterr().out)
    assert found["totals"]["units"] == 6
    assert found["totals"]["hours"] > 0

    client = Client()
    client.force_login(Person.objects.get(pk=cast.manager.id))
    query = {f"option-{name}": str(value) for name, value in STRICT.items()}
    page = client.get("/projects/p1/quality/what-if", {"policy": "majority", "show": "1", **query})
    shown = re.search(r'data-k="again">([^<]*)<', page.content.decode())
    assert shown is not None
    assert shown[1] == str(found["totals"]["then"]["reannotate"])
    assert standing() == before


def test_prices_are_asked_for(voted: ProjectView, as_: AsPart) -> None:
    api = as_("manager")
    for prices, stops in ((False, 0), (True, 13)):
        body = {"policy": "panel", "prices": prices}
        assert len(finished(api, api.call("POST", "/projects/p1/whatif", body))["stops"]) == stops


def test_a_wrong_policy_is_refused_before_anything_is_queued(
    project: ProjectView, as_: AsPart
) -> None:
    for path in ("/projects/p1/whatif", "/projects/p1/policy/apply"):
        wrong = {"policy": "majority", "options": {"min_share": 7}}
        reply = as_("manager").call("POST", path, wrong)
        assert (reply.status, set(reply.body["fields"])) == (400, {"min_share"})
        assert as_("manager").call("POST", path, {"policy": "no such"}).status == 400
        assert as_("manager").call("POST", path, {"policy": "panel", "soup": 1}).status == 400
    assert not Job.objects.exists()


def test_a_policy_is_applied_listed_and_rolled_back(voted: ProjectView, as_: AsPart) -> None:
    api, before = as_("manager"), standing()
    foretold = finished(api, api.call("POST", "/projects/p1/whatif", WISH))["totals"]["then"]
    done = finished(api, api.call("POST", "/projects/p1/policy/apply", {**WISH, "seen": 1}))
    assert done["items"] == 3
    in_force = api.call("GET", "/projects/p1/policy").body
    assert (in_force["name"], in_force["version"]) == ("majority", 2)
    assert in_force["options"]["human_floor"] == 3
    decided = Decision.objects.filter(current=True, outcome="reannotate").count()
    assert decided == foretold["reannotate"] > 0
    (run,) = api.call("GET", "/projects/p1/runs").body["results"]
    assert (run["before"], run["after"], run["state"]) == (1, 2, "done")
    assert run["counts"] == done

    back = finished(api, api.call("POST", f"/projects/p1/runs/{run['id']}/rollback", {}))
    assert back["back"] == 3
    assert standing() == before
    assert api.call("GET", "/projects/p1/policy").body["version"] == 1
    (run,) = api.call("GET", "/projects/p1/runs").body["results"]
    assert run["state"] == "rolled_back"
    assert verify(project_by_slug("p1")).document()["details"] == []


def test_what_was_decided_on_old_figures_or_worked_on_is_409(
    voted: ProjectView, cast: Cast, as_: AsPart
) -> None:
    api = as_("manager")
    stale = api.call("POST", "/projects/p1/policy/apply", {**WISH, "seen": 2})
    assert (stale.status, stale.body["code"]) == (409, "conflict")
    finished(api, api.call("POST", "/projects/p1/policy/apply", WISH))
    again = api.call("POST", "/projects/p1/policy/apply", WISH)
    assert again.status == 409
    (run,) = api.call("GET", "/projects/p1/runs").body["results"]
    seat = Assignment.objects.filter(opened_by_run=run["id"]).order_by("pk")[0]
    Assignment.objects.filter(pk=seat.pk).update(holders=[cast.ann1.id])
    assert api.call("POST", f"/projects/p1/runs/{run['id']}/rollback", {}).status == 409
    assert api.call("POST", f"/projects/p1/runs/{run['id']}/resume", {}).status == 409


def test_a_stopped_run_is_resumed(voted: ProjectView, as_: AsPart) -> None:
    api = as_("manager")
    reply = api.call("POST", "/projects/p1/policy/apply", WISH)
    assert api.call("POST", f"/jobs/{reply.body['job']}/stop", {}).body["state"] == "stopped"
    (run,) = api.call("GET", "/projects/p1/runs").body["results"]
    assert run["state"] == "running"
    finished(api, api.call("POST", f"/projects/p1/runs/{run['id']}/resume", {}))
    (run,) = api.call("GET", "/projects/p1/runs").body["results"]
    assert run["state"] == "done"


def test_the_list_goes_on_behind_its_cursor(voted: ProjectView, as_: AsPart) -> None:
    api = as_("manager")
    for share in (0.7, 0.8, 0.9):
        body = {"policy": "majority", "options": {"min_share": share}}
        finished(api, api.call("POST", "/projects/p1/policy/apply", body))
    first = api.call("GET", "/projects/p1/runs?limit=2").body
    assert [row["after"] for row in first["results"]] == [4, 3]
    rest = api.call("GET", f"/projects/p1/runs?limit=2&cursor={first['next']}").body
    assert ([row["after"] for row in rest["results"]], rest["next"]) == ([2], None)
    assert api.call("GET", "/projects/p1/runs?cursor=c291cA").status == 400


def test_a_token_to_read_neither_asks_nor_applies(voted: ProjectView, as_: AsPart) -> None:
    issued = as_("manager").call("POST", "/tokens", {"name": "r", "scopes": ["read"]})
    reader = Api(issued.body["token"])
    assert reader.call("GET", "/projects/p1/policy").status == 200
    assert reader.call("GET", "/projects/p1/runs").status == 200
    for path in ("whatif", "policy/apply", "runs/1/rollback", "runs/1/resume"):
        assert reader.call("POST", f"/projects/p1/{path}", WISH).status == 403
