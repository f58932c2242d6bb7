"""The labeling page by plain forms and by htmx."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client

from annotator.accounts.models import Person
from annotator.intake.models import ItemText, Turn
from annotator.labeling.models import Annotation, Assignment, Draft
from annotator.labeling.models import Vote as HumanVote
from annotator.panel.models import Opinion
from tests.factories import add_votes
from tests.web.house import CANARY, House, action, hidden

PAGE = "/projects/p1/label"


def held(client: Client) -> str:
    """Claim and return the page of the item."""
    assert client.post(f"{PAGE}/claim").status_code in {200, 303}
    return client.get(PAGE).content.decode()


def answers(html: str, **more: object) -> dict[str, object]:
    """Return a complete answer to the item on a page."""
    return {
        "lease": hidden(html, "lease"),
        "idempotency_key": hidden(html, "idempotency_key"),
        "seconds": "12",
        "prompt-safety": "safe",
        "response-safety": "safe",
        **more,
    }


def test_looking_claims_nothing(house: House) -> None:
    html = house.client("ann1").get(PAGE).content.decode()
    assert "Start labeling" in html
    assert not Assignment.objects.filter(person=house.cast.ann1.id).exists()


def test_a_plain_form_is_enough(house: House) -> None:
    client = house.client("ann1")
    html = held(client)
    reply = client.post(
        action(html, "/submit"),
        answers(
            html,
            **{
                "prompt-safety": "unsafe",
                "prompt-categories": ["harassment", "fraud"],
                "response-categories": ["fraud"],
                "comment": " two things at once ",
                "flagged": "1",
            },
        ),
    )
    assert (reply.status_code, reply.headers["Location"]) == (303, PAGE)
    annotation = Annotation.objects.get(person=house.cast.ann1.id)
    assert (annotation.comment, annotation.flagged, annotation.seconds) == (
        "two things at once",
        True,
        12.0,
    )
    votes = dict(
        HumanVote.objects.filter(annotation=annotation).values_list("unit__target", "categories")
    )
    assert votes == {"prompt": ["fraud", "harassment"], "response": []}
    assert hidden(client.get(PAGE).content.decode(), "lease") != hidden(html, "lease")


def test_what_is_missing_comes_back_filled_in(house: House) -> None:
    client = house.client("ann1")
    html = held(client)
    sent = answers(html, **{"prompt-safety": "unsafe", "comment": "half done"})
    reply = client.post(action(html, "/submit"), sent)
    again = reply.content.decode()
    assert reply.status_code == 400
    assert "needs at least one category" in again
    assert "half done" in again
    assert re.search(r'name="prompt-safety" value="unsafe"[^>]* checked', again)
    assert hidden(again, "idempotency_key") == sent["idempotency_key"]
    assert not Annotation.objects.filter(person=house.cast.ann1.id).exists()


def test_sent_twice_counts_once(house: House) -> None:
    client = house.client("ann1")
    html = held(client)
    for _ in range(2):
        assert client.post(action(html, "/submit"), answers(html)).status_code == 303
    assert Annotation.objects.filter(person=house.cast.ann1.id).count() == 1


def test_htmx_gets_the_next_item_alone(house: House) -> None:
    client = house.client("ann1")
    html = held(client)
    reply = client.post(action(html, "/submit"), answers(html), headers={"HX-Request": "true"})
    part = reply.content.decode()
    assert reply.status_code == 200
    assert "<html" not in part
    assert hidden(part, "lease") != hidden(html, "lease")


def test_a_late_answer_is_kept(house: House) -> None:
    client = house.client("ann1")
    html = held(client)
    sent = answers(html, comment="kept")
    seat = Assignment.objects.get(person=house.cast.ann1.id)
    Assignment.objects.filter(pk=seat.pk).update(lease="another", person=house.cast.ann2.id)
    reply = client.post(action(html, "/submit"), sent, follow=True)
    assert "kept as a draft" in reply.content.decode()
    assert Draft.objects.get(assignment=seat, person=house.cast.ann1.id).body["comment"] == "kept"


def test_previous_brings_the_answer_back(house: House) -> None:
    client = house.client("ann1")
    html = held(client)
    client.post(action(html, "/submit"), answers(html, comment="first thought"))
    reply = client.post(f"{PAGE}/previous", follow=True)
    again = reply.content.decode()
    assert "first thought" in again
    assert action(again, "/submit") == action(html, "/submit")
    assert Assignment.objects.filter(person=house.cast.ann1.id, state="leased").count() == 1


def test_skip_and_release(house: House) -> None:
    client = house.client("ann1")
    html = held(client)
    skip = {"lease": hidden(html, "lease"), "reason": "too_harmful", "note": ""}
    assert client.post(action(html, "/skip"), skip).status_code == 303
    assert Assignment.objects.get(person=house.cast.ann1.id, state="skipped").skip_reason == (
        "too_harmful"
    )
    html = client.get(PAGE).content.decode()
    client.post(action(html, "/release"), {"lease": hidden(html, "lease")})
    assert not Assignment.objects.filter(person=house.cast.ann1.id, state="leased").exists()


def test_nothing_left_says_so(house: House) -> None:
    Assignment.objects.filter(state="open").update(state="cancelled")
    assert "That is everything for now" in (
        house.client("ann1").post(f"{PAGE}/claim").content.decode()
    )


def test_one_registry_of_keys(house: House) -> None:
    html = held(house.client("ann1"))
    found = re.search(r'<script id="keymap" type="application/json">(.*?)</script>', html)
    assert found
    keys = json.loads(found[1])
    assert keys["KeyQ"] == ["answer", "prompt-safety", "safe"]
    assert keys["KeyD"] == ["answer", "response-safety", "unsafe"]
    assert keys["Digit1"] == ["category", "violence"]
    assert keys["KeyY"] == ["category", "other"]
    assert len([v for v in keys.values() if v[0] == "category"]) == 22


@pytest.mark.parametrize("payload", ["<script>alert(1)</script>", '"><img src=x onerror=a>'])
def test_texts_stay_texts(house: House, payload: str) -> None:
    digests = Turn.objects.filter(item__in=house.open_items).values("text")
    ItemText.objects.filter(digest__in=digests).update(text=f"{payload}\u202e{{{{ 1 }}}}")
    html = held(house.client("ann1"))
    assert payload not in html
    assert "{{ 1 }}" in html
    assert ">RLO<" in html


def test_nothing_of_others_reaches_a_labeler(house: House) -> None:
    """Canaries stand in names, comments, jurors and opinions; no page of ann1 holds one."""
    Person.objects.exclude(pk=house.cast.ann1.id).update(display_name=f"{CANARY} person")
    for item in house.open_items:
        add_votes(house.project, item, {"p1-a1": {"prompt": "safe", "response": "safe"}})
    Annotation.objects.update(comment=f"{CANARY} comment", flagged=True)
    Opinion.objects.update(rationale=f"{CANARY} rationale")
    client = house.client("ann1")
    seen = [client.get("/"), client.get(PAGE), client.post(f"{PAGE}/claim", follow=True)]
    for _ in range(3):
        html = client.get(PAGE).content.decode()
        if 'id="label-form"' not in html:
            break
        seen.append(client.get(PAGE))
        sent = answers(html)
        seen.append(client.post(action(html, "/submit"), sent, headers={"HX-Request": "true"}))
    seen += [client.post(f"{PAGE}/previous", follow=True), client.get("/account")]
    assert len(seen) > 6
    for reply in seen:
        assert CANARY not in reply.content.decode()
        assert CANARY not in str(reply.headers)
        assert "reannotation" not in reply.content.decode()
