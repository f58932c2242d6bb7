"""Adjudication, the item page and the list."""

from __future__ import annotations

import re

from django.test import Client

from annotator.accounts.models import Person
from annotator.catalog.models import Membership
from annotator.intake.models import Item
from annotator.labeling.models import Annotation, Assignment
from annotator.panel.models import Opinion
from annotator.quality.models import Ruling
from tests.factories import add_votes
from tests.web.house import CANARY, House, action, hidden

PAGE = "/projects/p1/adjudicate"


def dispute(client: Client) -> str:
    """Take the dispute and return its page."""
    assert client.post(f"{PAGE}/claim").status_code == 303
    return client.get(PAGE).content.decode()


def decision(html: str, **more: object) -> dict[str, object]:
    """Return a complete decision."""
    return {
        "lease": hidden(html, "lease"),
        "idempotency_key": hidden(html, "idempotency_key"),
        "prompt-safety": "unsafe",
        "prompt-categories": ["fraud"],
        "reason": "guide_clear",
        "guideline": "4.16",
        "comment": "asks for money in advance",
        **more,
    }


def test_people_are_letters_and_the_jury_is_hidden_at_first(house: House) -> None:
    Person.objects.filter(username__startswith="p1-a").update(display_name=f"{CANARY} name")
    html = dispute(house.client("adjudicator"))
    assert CANARY not in html
    assert 'data-jury="hidden"' in html
    assert re.search(r'<td class="jury" data-voice="1" hidden>', html)
    assert "2 to 1" not in html
    assert "no majority" in html
    shown = house.client("adjudicator").get(f"{PAGE}?jury=1").content.decode()
    assert 'data-jury="hidden"' not in shown


def test_a_split_row_has_no_answer_filled_in(house: House) -> None:
    html = dispute(house.client("adjudicator"))
    assert not re.search(r'name="prompt-safety"[^>]* checked', html)


def test_only_what_is_open_is_asked(house: House) -> None:
    html = dispute(house.client("adjudicator"))
    assert 'name="prompt-safety"' in html
    assert 'name="response-safety"' not in html


def test_a_decision_settles_the_item(house: House) -> None:
    client = house.client("adjudicator")
    html = dispute(client)
    reply = client.post(action(html, "/decide"), decision(html))
    assert (reply.status_code, reply.headers["Location"]) == (303, PAGE)
    ruling = Ruling.objects.get(unit__item=house.disputed, unit__target="prompt", current=True)
    assert (ruling.value, ruling.categories, ruling.source) == ("unsafe", ["fraud"], "adjudicator")
    stored = Annotation.objects.get(person=house.cast.adjudicator.id)
    assert (stored.reason, stored.guideline, stored.contested) == ("guide_clear", "4.16", False)
    assert Item.objects.get(pk=house.disputed).state == "settled"


def test_truly_unclear_is_contested_and_idle_categories_fall_away(house: House) -> None:
    client = house.client("adjudicator")
    html = dispute(client)
    sent = decision(html, **{"prompt-safety": "safe", "reason": "unclear"})
    assert client.post(action(html, "/decide"), sent).status_code == 303
    ruling = Ruling.objects.get(unit__item=house.disputed, unit__target="prompt", current=True)
    assert (ruling.value, ruling.categories, ruling.contested) == ("safe", [], True)


def test_without_a_reason_nothing_is_stored(house: House) -> None:
    client = house.client("adjudicator")
    html = dispute(client)
    reply = client.post(action(html, "/decide"), decision(html, reason="", comment="wait"))
    again = reply.content.decode()
    assert reply.status_code == 400
    assert "choose one of the reasons" in again
    assert "wait</textarea>" in again
    assert not Annotation.objects.filter(person=house.cast.adjudicator.id).exists()


def test_a_decision_can_be_taken_back(house: House) -> None:
    client = house.client("adjudicator")
    html = dispute(client)
    client.post(action(html, "/decide"), decision(html))
    again = client.post(f"{PAGE}/previous", follow=True).content.decode()
    assert re.search(r'value="unsafe" checked', again)
    assert Item.objects.get(pk=house.disputed).state == "with_lead"


def test_the_item_page_tells_everything(house: House) -> None:
    Opinion.objects.update(rationale="because it asks for <b>money</b>")
    path = f"/projects/p1/items/{house.public_id(house.disputed)}"
    html = house.client("adjudicator").get(path).content.decode()
    for wanted in ("p1-a1", "CANARYjuror", "&lt;b&gt;money", "A lead will decide", "Imported"):
        assert wanted in html, wanted
    assert "jury: unsafe 1" in html.lower()


def item_url(house: House, item: int) -> str:
    return f"/projects/p1/items/{house.public_id(item)}"


def test_who_may_still_label_an_item_sees_its_texts_alone(house: House) -> None:
    Membership.objects.filter(person=house.cast.manager.id).update(labels_after=0)
    add_votes(house.project, house.open_items[0], {"p1-a1": {"prompt": "unsafe"}})
    client = house.client("manager")
    path = item_url(house, house.open_items[0])
    html = client.get(path).content.decode()
    assert "What others said is sealed" in html
    assert "How long do I boil egg" in html
    assert "p1-a1" not in html
    listed = client.get("/projects/p1/items?search=i1").content.decode()
    assert "Sealed for you" in listed
    assert ">In work<" not in listed
    assert "left out here" in client.get("/projects/p1/items?state=in_work").content.decode()
    reply = client.post(action(html, "/unseal"))
    assert (reply.status_code, reply.headers["Location"]) == (303, path)
    assert "p1-a1" in client.get(path).content.decode()


def test_who_has_an_item_to_label_is_led_to_label_it(house: House) -> None:
    Membership.objects.filter(person=house.cast.manager.id).update(labels_after=0)
    client = house.client("manager")
    client.post("/projects/p1/label/claim")
    path = item_url(house, Assignment.objects.get(person=house.cast.manager.id).item_id)
    html = client.get(path).content.decode()
    assert "You have this item to label" in html
    assert client.post(f"{path}/unseal", follow=True).status_code == 200
    assert "You have this item to label" in client.get(path).content.decode()


def test_a_lead_who_takes_no_items_is_told_so(house: House) -> None:
    client = house.client("manager")
    reply = client.post("/projects/p1/label/claim", follow=True)
    assert "You take no items to label" in reply.content.decode()
    assert not Assignment.objects.filter(person=house.cast.manager.id).exists()


def test_the_list_by_state_and_id(house: House) -> None:
    client = house.client("manager")
    html = client.get("/projects/p1/items?state=settled").content.decode()
    assert ">i5<" in html
    assert ">i1<" not in html
    assert ">i2<" in client.get("/projects/p1/items?search=i2").content.decode()
    assert "No item matches" in client.get("/projects/p1/items?search=zz").content.decode()
    assert client.get("/projects/p1/items?state=odd").status_code == 400
    assert client.get("/projects/p1/items?cursor=odd").status_code == 400
