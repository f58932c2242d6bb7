"""Leasing, drafts, submitting: what is acknowledged once is recorded once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from annotator.catalog.models import Membership
from annotator.core import dbtime
from annotator.labeling.models import Annotation, Assignment, Draft
from annotator.labeling.services import return_expired_seats
from tests.api.conftest import ITEMS, Api, answers
from tests.cast import Cast

AsPart = Callable[[str], Api]


def test_a_lease_holds_what_the_contract_names(as_: AsPart) -> None:
    leased = as_("ann1").lease()
    assert set(leased) == {
        "assignment",
        "lease",
        "expires",
        "item",
        "taxonomy",
        "version",
        "draft",
    }
    assert set(leased["item"]) == {"id", "external_id", "messages", "targets", "questions"}
    assert leased["item"]["targets"] == ["prompt", "response"]
    assert [set(message) for message in leased["item"]["messages"]] == [{"role", "content"}] * 2
    assert leased["taxonomy"]["ref"] == "aegis2@2.0"
    assert "violence" in {category["id"] for category in leased["taxonomy"]["categories"]}
    assert (leased["version"], leased["draft"]) == (0, {})


def test_claiming_twice_gives_the_item_held(as_: AsPart) -> None:
    first, second = as_("ann1").lease(), as_("ann1").lease()
    assert first["assignment"] == second["assignment"]
    assert Assignment.objects.filter(state="leased").count() == 1


def test_looking_never_claims(as_: AsPart) -> None:
    api = as_("ann1")
    assert api.call("GET", "/projects/p1/lease").status == 204
    assert not Assignment.objects.filter(state="leased").exists()
    leased = api.lease()
    assert api.call("GET", "/projects/p1/lease?kind=label").body["lease"] == leased["lease"]


def test_nothing_left_is_204(as_: AsPart) -> None:
    api = as_("ann1")
    for _ in range(ITEMS):
        assert api.submit(api.lease()).status == 201
    assert api.call("POST", "/projects/p1/lease", {"kind": "label"}).status == 204


def test_the_same_key_and_body_get_the_same_receipt(as_: AsPart) -> None:
    api = as_("ann1")
    leased = api.lease()
    first, again = api.submit(leased, key="k1"), api.submit(leased, key="k1")
    assert (first.status, again.status) == (201, 200)
    assert first.raw == again.raw
    assert set(first.body) == {"annotation", "assignment"}
    assert Annotation.objects.count() == 1


def test_the_same_key_with_another_body_is_422(as_: AsPart) -> None:
    api = as_("ann1")
    leased = api.lease()
    api.submit(leased, key="k1")
    other = api.submit(leased, "unsafe", key="k1")
    assert (other.status, other.body["code"]) == (422, "idempotency_mismatch")
    assert Annotation.objects.count() == 1


def test_the_key_is_required_and_short(as_: AsPart) -> None:
    api = as_("ann1")
    leased = api.lease()
    for headers in ({}, {"Idempotency-Key": "k" * 65}):
        reply = api.call(
            "POST",
            f"/assignments/{leased['assignment']}/submit",
            answers(leased),
            headers=headers,
        )
        assert (reply.status, list(reply.body["fields"])) == (400, ["Idempotency-Key"])


def test_heartbeat_release_and_skip(as_: AsPart) -> None:
    api = as_("ann1")
    leased = api.lease()
    base = f"/assignments/{leased['assignment']}"
    assert api.call("POST", f"{base}/heartbeat", {"lease": leased["lease"]}).body["expires"]
    assert api.call("POST", f"{base}/release", {"lease": leased["lease"]}).status == 204
    assert api.call("POST", f"{base}/release", {"lease": leased["lease"]}).status == 409
    leased = api.lease()
    base = f"/assignments/{leased['assignment']}"
    wrong = api.call("POST", f"{base}/skip", {"lease": leased["lease"], "reason": "bored"})
    assert (wrong.status, list(wrong.body["fields"])) == (400, ["reason"])
    right = api.call("POST", f"{base}/skip", {"lease": leased["lease"], "reason": "language"})
    assert right.status == 204


def test_a_draft_comes_back_with_the_lease(as_: AsPart) -> None:
    api = as_("ann1")
    leased = api.lease()
    draft = {"verdicts": {"prompt": {"safety": "safe"}}, "comment": " as typed "}
    body = {"lease": leased["lease"], "version": 0, **draft}
    reply = api.call("PUT", f"/assignments/{leased['assignment']}/draft", body)
    assert (reply.status, reply.body) == (200, {"version": 1})
    again = api.lease()
    assert (again["version"], again["draft"]) == (1, draft)


def test_a_draft_conflict_carries_both_answers(as_: AsPart) -> None:
    api = as_("ann1")
    leased = api.lease()
    path = f"/assignments/{leased['assignment']}/draft"
    stored = {"verdicts": {}, "comment": "first"}
    yours = {"verdicts": {}, "comment": "second"}
    api.call("PUT", path, {"lease": leased["lease"], "version": 0, **stored})
    reply = api.call("PUT", path, {"lease": leased["lease"], "version": 0, **yours})
    assert (reply.status, reply.body["code"]) == (409, "version_conflict")
    assert (reply.body["yours"], reply.body["stored"]) == (yours, stored)


def test_an_answer_after_the_seat_went_is_kept_as_draft(as_: AsPart, cast: Cast) -> None:
    Membership.objects.filter(person=cast.manager.id).update(labels_after=0)
    first, second, third = as_("ann1"), as_("ann2"), as_("manager")
    leased = first.lease()
    for _ in range(ITEMS):  # now the seat that ann1 holds is its item's only one left
        second.submit(second.lease())
    let_go(leased)
    taken = third.lease()
    while taken["assignment"] != leased["assignment"]:
        third.submit(taken)
        taken = third.lease()
    reply = first.submit(leased, comment="not lost")
    assert (reply.status, reply.body["code"]) == (409, "lease_lost")
    kept = Draft.objects.get(assignment__public_id=leased["assignment"])
    assert kept.kept_after_loss
    assert kept.body["comment"] == "not lost"
    assert third.submit(taken).status == 201


def test_a_late_answer_counts_while_nobody_took_the_seat(as_: AsPart) -> None:
    api = as_("ann1")
    leased = api.lease()
    let_go(leased)
    assert api.submit(leased).status == 201


def let_go(leased: Any) -> None:
    """Let a lease run out, and the sweep see it."""
    Assignment.objects.filter(public_id=leased["assignment"]).update(
        lease_until=dbtime.now() - timedelta(seconds=1)
    )
    return_expired_seats()


def test_another_persons_lease_is_absent(as_: AsPart) -> None:
    leased = as_("ann1").lease()
    other = as_("ann2")
    base = f"/assignments/{leased['assignment']}"
    lease = {"lease": leased["lease"]}
    calls = [
        other.call("POST", f"{base}/heartbeat", lease),
        other.call("POST", f"{base}/release", lease),
        other.call("POST", f"{base}/skip", lease | {"reason": "unsure"}),
        other.call("PUT", f"{base}/draft", lease | {"version": 0}),
        other.submit(leased),
    ]
    assert [(reply.status, reply.body["code"]) for reply in calls] == [(404, "not_found")] * 5


def test_wrong_answers_name_their_fields_and_store_nothing(as_: AsPart) -> None:
    api = as_("ann1")
    leased = api.lease()
    cases: list[tuple[object, str]] = [
        ({"prompt": {"safety": "safe"}}, "response-safety"),
        ({t: {"safety": "safe", "categories": ["violence"]} for t in ("prompt", "response")}, ""),
        ({t: {"safety": "unsafe"} for t in ("prompt", "response")}, "prompt-categories"),
        ({"prompt": {"safety": "safe", "mood": "fine"}}, "prompt"),
        ({"elsewhere": {"safety": "safe"}}, "elsewhere"),
        ({"prompt": "safe"}, "verdicts.prompt"),
    ]
    for number, (verdicts, field) in enumerate(cases):
        reply = api.submit(leased, key=f"bad-{number}", verdicts=verdicts)
        assert (reply.status, reply.body["code"]) == (400, "invalid"), verdicts
        assert not field or field in reply.body["fields"], (reply.body, field)
    assert not Annotation.objects.exists()
    assert api.submit(leased).status == 201
