"""Who labels learns nothing of what others said: planted words never come back."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from annotator.accounts.models import Person
from annotator.catalog.models import Membership
from annotator.catalog.queries import ProjectView
from annotator.intake.models import Item, Unit
from annotator.labeling.models import Assignment, Draft
from annotator.panel.models import Call, Inquiry, Juror, JurorVersion, Opinion
from annotator.panel.models import Vote as JurorVote
from annotator.quality.models import Decision
from tests.api.conftest import ITEMS, Api, Reply
from tests.cast import Cast

AsPart = Callable[[str], Api]

CANARY = "canary"
"""Every planted word begins so."""


@pytest.fixture
def planted(project: ProjectView, cast: Cast, as_: AsPart) -> None:
    """Words planted wherever the jury, other people and decisions leave text."""
    second = as_("ann2")
    for number in range(ITEMS):
        leased = second.lease()
        value = "unsafe" if number % 2 else "safe"
        assert second.submit(leased, value, comment=f"{CANARY}-comment-{number}").status == 201
    Person.objects.filter(pk=cast.ann2.id).update(
        username=f"{CANARY}-username", display_name=f"{CANARY}-name"
    )
    Membership.objects.filter(person=cast.ann2.id).update(pseudonym=f"{CANARY}-pseudonym")
    Draft.objects.create(
        assignment=Assignment.objects.filter(person=cast.ann2.id)[0],
        person_id=cast.ann2.id,
        body={"comment": f"{CANARY}-draft"},
    )
    Assignment.objects.filter(person=cast.ann2.id).update(skip_note=f"{CANARY}-note")
    Juror.objects.filter(project=project.id).update(
        name=f"{CANARY}-juror", model=f"{CANARY}-model", family=f"{CANARY}-family"
    )
    for item in Item.objects.filter(project=project.id):
        _opinion(project, item)


def _opinion(project: ProjectView, item: Item) -> None:
    version = JurorVersion.objects.get(juror__project=project.id)
    inquiry = Inquiry.objects.filter(item=item, juror_version=version).get()
    Inquiry.objects.filter(pk=inquiry.pk).update(state="given", reason=f"{CANARY}-reason")
    Call.objects.create(
        inquiry=inquiry, request_key=f"{CANARY}-key", raw_reply=f"{CANARY}-reply", cost=0.5
    )
    for unit in Unit.objects.filter(item=item):
        opinion = Opinion.objects.create(
            inquiry=inquiry, unit=unit, state="given", rationale=f"{CANARY}-rationale"
        )
        JurorVote.objects.create(
            opinion=opinion,
            unit=unit,
            question="safety",
            value="unsafe",
            other=f"{CANARY}-other",
            counts=True,
        )
        Decision.objects.filter(unit=unit).update(words=f"{CANARY}-words")


def session(api: Api) -> Iterator[Reply]:
    """Do everything an annotator can do, and try what they may not."""
    for _ in range(ITEMS):
        leased = api.lease()
        base = f"/assignments/{leased['assignment']}"
        lease = {"lease": leased["lease"]}
        draft = {"verdicts": {}, "comment": "mine"}
        yield api.call("POST", "/projects/p1/lease", {"kind": "label"})
        yield api.call("GET", "/projects/p1/lease")
        yield api.call("HEAD", "/projects/p1/lease")
        yield api.call("POST", f"{base}/heartbeat", lease)
        yield api.call("PUT", f"{base}/draft", {**lease, "version": 0, **draft})
        yield api.call("PUT", f"{base}/draft", {**lease, "version": 7, "comment": "conflict"})
        yield api.call("POST", f"{base}/skip", lease | {"reason": "why not"})
        yield api.submit(leased, verdicts={}, key="incomplete")
        yield api.submit(leased)
        yield api.submit(leased)
        yield api.call("POST", f"{base}/release", lease)
        yield from forbidden(api, leased["item"]["id"])
    yield api.call("POST", "/projects/p1/lease", {"kind": "label"})


def forbidden(api: Api, item: str) -> Iterator[Reply]:
    """Ask for what only leads may see."""
    for path in (
        "/projects/p1/progress",
        "/projects/p1/agreement",
        "/projects/p1/units",
        f"/projects/p1/units/{item}:prompt",
        "/projects/p1/lease?expand=opinions",
        "/projects/p1/lease?fields=votes",
        "/projects/p1/lease?jury=unsafe",
        "/projects/p1/releases/1",
        "/projects/p1/releases/1/export",
        f"/items/{item}/opinions",
        f"/items/{item}/history",
    ):
        for method in ("GET", "HEAD", "OPTIONS"):
            reply = api.call(method, path)
            assert reply.status >= 400, path
            yield reply


def test_an_annotators_session_holds_no_planted_word(as_: AsPart, planted: None) -> None:
    count = 0
    for reply in session(as_("ann1")):
        count += 1
        text = reply.raw.decode() + repr(reply.headers)
        assert CANARY not in text, text
        assert "first_pass" not in text
        assert "overlap" not in text
    assert count > 100
    assert CANARY not in as_("ann1").call("GET", "/schema").raw.decode()


def test_a_lead_sees_what_was_planted(as_: AsPart, planted: None) -> None:
    api = as_("manager")
    rows = api.call("GET", "/projects/p1/units").body["results"]
    seen = api.call("GET", f"/projects/p1/units/{rows[0]['id']}").raw.decode()
    assert f"{CANARY}-juror" in seen
    assert f"{CANARY}-pseudonym" in seen


def test_a_lease_is_the_same_whatever_the_jury_said(
    as_: AsPart, project: ProjectView, cast: Cast
) -> None:
    api = as_("ann1")
    before = api.lease()
    for item in Item.objects.filter(project=project.id):
        _opinion(project, item)
    after = api.lease()
    assert before == after
