"""What a manager reads: progress, units, one unit's evidence, agreement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.conftest import ITEMS, Api

AsPart = Callable[[str], Api]


@pytest.fixture
def settled(as_: AsPart) -> None:
    """Two people have labeled one item the same: its two units are settled."""
    first, second = as_("ann1"), as_("ann2")
    leased = first.lease()
    first.submit(leased, "unsafe", comment="only for me")
    mine = leased["item"]["id"]
    other = second.lease()
    while other["item"]["id"] != mine:
        second.submit(other)
        other = second.lease()
    second.submit(other, "unsafe")


def pages(api: Api, path: str) -> list[Any]:
    """Read a list to its end."""
    rows: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        reply = api.call("GET", f"{path}&cursor={cursor}" if cursor else path)
        assert reply.status == 200, reply.body
        rows += reply.body["results"]
        cursor = reply.body["next"]
    return rows


def test_progress_counts_everything_once(as_: AsPart, settled: None) -> None:
    body = as_("manager").call("GET", "/projects/p1/progress").body
    assert set(body) == {"items", "units", "seats", "annotations", "opinions", "spend"}
    assert body["items"] == ITEMS
    assert set(body["units"]) == {"open", "settled", "reannotate", "adjudicate"}
    assert sum(body["units"].values()) == 2 * ITEMS
    assert body["units"]["settled"] == 2
    assert body["seats"]["done"] == body["annotations"]
    assert body["opinions"] == {
        "juror-one": {"queued": ITEMS, "leased": 0, "given": 0, "abstained": 0, "failed": 0}
    }
    assert body["spend"] == 0


def test_units_by_state_and_page(as_: AsPart, settled: None) -> None:
    api = as_("manager")
    everything = pages(api, "/projects/p1/units?limit=1")
    assert len(everything) == len({row["id"] for row in everything}) == 2 * ITEMS
    assert set(everything[0]) == {"id", "item", "external_id", "target", "state", "rulings"}
    done = pages(api, "/projects/p1/units?state=settled&limit=1")
    assert [(row["target"], row["rulings"]) for row in done] == [
        ("prompt", {"safety": "unsafe"}),
        ("response", {"safety": "unsafe"}),
    ]
    assert pages(api, "/projects/p1/units?state=adjudicate") == []


def test_a_cursor_of_another_project_is_refused(as_: AsPart) -> None:
    elsewhere = as_("outsider").call("GET", "/projects/p2/units?limit=1").body["next"]
    reply = as_("manager").call("GET", f"/projects/p1/units?cursor={elsewhere}")
    assert (reply.status, list(reply.body["fields"])) == (400, ["cursor"])


def test_a_unit_shows_its_evidence_under_pseudonyms(as_: AsPart, settled: None) -> None:
    api = as_("manager")
    unit = pages(api, "/projects/p1/units?state=settled")[0]["id"]
    reply = api.call("GET", f"/projects/p1/units/{unit}")
    assert reply.status == 200
    assert set(reply.body["decision"]) == {
        "outcome",
        "words",
        "votes",
        "prior",
        "posterior",
        "policy_version",
    }
    assert reply.body["decision"]["votes"]["unsafe"] == 2
    assert reply.body["ruling"]["source"] == "human_majority"
    votes = reply.body["votes"]
    assert [(vote["kind"], vote["value"], vote["counts"]) for vote in votes] == [
        ("human", "unsafe", True)
    ] * 2
    assert b"ann1" not in reply.raw
    assert b"only for me" not in reply.raw
    other = api.call("GET", f"/projects/p1/units/{unit}?question=helpful")
    assert (other.status, list(other.body["fields"])) == (400, ["question"])


def test_a_unit_nobody_judged_has_no_decision(as_: AsPart) -> None:
    api = as_("manager")
    unit = pages(api, "/projects/p1/units?state=open")[0]["id"]
    body = api.call("GET", f"/projects/p1/units/{unit}").body
    assert (body["decision"], body["ruling"], body["votes"]) == (None, None, [])


def test_agreement_has_the_statistics_commands_keys(as_: AsPart, settled: None) -> None:
    api = as_("manager")
    body = api.call("GET", "/projects/p1/agreement?target=response&level=verdict").body
    assert body["units"] >= 1
    assert {"alpha_ordinal", "ac1", "percent_agreement", "ci95", "reason", "as_of"} <= set(body)
    assert (body["target"], body["question"], body["population"]) == (
        "response",
        "safety",
        "first_pass",
    )
    for query in ("target=nothing", "level=deep", "population=me", "question=mood"):
        assert api.call("GET", f"/projects/p1/agreement?{query}").status == 400
