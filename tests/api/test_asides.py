"""Set-asides over HTTP: listed, previewed, made as seen, lifted."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from annotator.catalog.models import Membership
from annotator.catalog.queries import ProjectView
from annotator.flow import jobs
from annotator.flow.tasks import WORK
from annotator.flow.verify import verify
from annotator.intake.models import Item
from annotator.labeling.models import Vote
from tests.api.conftest import Api
from tests.cast import Cast
from tests.factories import add_votes

AsPart = Callable[[str], Api]
PATH = "/projects/p1/set-asides"
WHY = {"code": "requested", "reason": "They asked for it on Monday."}


@pytest.fixture
def person(cast: Cast, project: ProjectView) -> str:
    """The pseudonym of somebody who voted on two items, settled by two people each."""
    for item in Item.objects.filter(project=project.id).order_by("pk")[:2]:
        verdicts = {"prompt": "safe", "response": "safe"}
        add_votes(project, item.pk, {"ann1": verdicts, "ann2": verdicts})
    return Membership.objects.get(project=project.id, person=cast.ann1.id).pseudonym


def test_from_preview_to_lifting(as_: AsPart, project: ProjectView, person: str) -> None:
    api = as_("manager")
    seen = api.call("POST", f"{PATH}/preview", {"person": person})
    assert seen.status == 200
    assert (seen.body["answers"], seen.body["counting"], seen.body["items"]) == (4, 4, 2)
    assert seen.body["rulings"] == {"anew": 4, "by_lead": 0}
    assert (seen.body["effect"]["fallen"], seen.body["effect"]["seats"]) == (4, 2)
    body = {"person": person, **WHY, "seen": seen.body["digest"]}
    made = api.call("POST", PATH, body)
    assert made.status == 202
    assert api.call("POST", PATH, {**body, "seen": None}).status == 409
    assert jobs.run_waiting(WORK) == 1
    assert api.call("GET", f"/jobs/{made.body['job']}").body["state"] == "done"
    (row,) = api.call("GET", PATH).body["results"]
    assert (row["person"], row["juror"], row["version"]) == (person, None, None)
    assert (row["code"], row["answers"], row["in_force"]) == ("requested", 4, True)
    assert Vote.objects.filter(counts=True).count() == 4
    assert verify(project).document()["differences"] == 0
    assert api.call("POST", f"{PATH}/{row['id']}/lift", {}).status == 202
    assert jobs.run_waiting(WORK) == 1
    (row,) = api.call("GET", PATH).body["results"]
    assert row["in_force"] is False
    assert row["lifted_at"]
    assert api.call("POST", f"{PATH}/{row['id']}/lift", {}).status == 409
    assert Vote.objects.filter(counts=True).count() == 8


def test_what_was_not_seen_is_not_made(as_: AsPart, project: ProjectView, person: str) -> None:
    api = as_("manager")
    refused = api.call("POST", PATH, {"person": person, **WHY, "seen": "another"})
    assert (refused.status, refused.body["code"]) == (409, "conflict")
    assert api.call("GET", PATH).body == {"results": [], "next": None}


def test_filters_and_pages(as_: AsPart, project: ProjectView, person: str) -> None:
    api = as_("manager")
    body = {"person": person, "import": 1, "from": "2026-01-01", "until": None, "category": ""}
    assert api.call("POST", f"{PATH}/preview", body).body["answers"] == 4
    assert api.call("POST", f"{PATH}/preview", {**body, "until": "2026-01-02"}).body["answers"] == 0
    for _ in range(2):
        assert api.call("POST", PATH, {"person": person, **WHY}).status == 202
        jobs.run_waiting(WORK)
    first = api.call("GET", f"{PATH}?limit=1").body
    second = api.call("GET", f"{PATH}?limit=1&cursor={first['next']}").body
    assert second["next"] is None
    assert first["results"][0]["id"] != second["results"][0]["id"]
    assert api.call("GET", f"{PATH}?cursor=YWJj").status == 400


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "person"),
        ({"person": "nobody"}, "person"),
        ({"juror": "juror-one", "version": 9}, "juror"),
        ({"juror": "juror-one", "version": "1x"}, "version"),
        ({"juror": "juror-one", "import": 7}, "import"),
        ({"juror": "juror-one", "from": "soon"}, "from"),
        ({"juror": "juror-one", "mood": "bad"}, "mood"),
        ({"person": 3}, "person"),
    ],
)
def test_what_is_wrong_is_named(as_: AsPart, body: dict[str, object], field: str) -> None:
    refused = as_("manager").call("POST", f"{PATH}/preview", body)
    assert refused.status == 400
    assert set(refused.body["fields"]) == {field}
