"""Texts that look like markup stay texts, wherever a page shows them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.payloads import PAYLOADS
from tests.browser.places import odd_items
from tests.browser.visitor import Visitor

SCRIPT, IMAGE = PAYLOADS[0], PAYLOADS[1]
ITEMS = len(odd_items())
# What no template of ours makes, and what only a text taken for markup can.
MADE = (
    ".probe, iframe, object, embed, base, math, video, meta[http-equiv], "
    "script:not([src]):not([type='application/json']), a[href^='javascript:'], "
    "[onerror], [onload], [onclick], [onfocus], [onmouseover], [ontoggle], [autofocus][onfocus], "
    "[hx-on\\:load]"
)
PAGES = ("Overview", "Items", "Quality", "Jury", "Guidelines", "Data", "Releases", "People")


def inert(page: Page) -> None:
    """Assert that no payload became an element."""
    made = page.evaluate(
        "(which) => [...document.querySelectorAll(which)].map((each) => each.outerHTML)", MADE
    )
    assert made == []


def judge(visitor: Visitor, verdict: str) -> None:
    """Judge every item with a payload in each field of text."""
    page = visitor.page
    name = visitor.start_labeling()
    for number in range(ITEMS):
        visitor.ready()
        inert(page)
        before = name.inner_text()
        visitor.keys(verdict, "a")
        if verdict == "e":
            visitor.keys("y")
            page.locator('input[name="prompt-other"]').fill(PAYLOADS[2])
        page.get_by_label("Comment").fill(IMAGE)
        page.locator("#flag").click()
        with page.expect_response(lambda answer: answer.url.endswith("/submit")):
            visitor.keys("Control+Enter")
        if number + 1 < ITEMS:
            expect(name).not_to_have_text(before)
    expect(page.get_by_role("heading", name="That is everything for now")).to_be_visible()
    inert(page)


@pytest.fixture(scope="module")
def judged(long_visit: Visit) -> None:
    """Two people disagree about every item, with payloads in what they write."""
    judge(long_visit("ole"), "e")
    judge(long_visit("una"), "q")


@pytest.fixture(scope="module")
def manager(long_visit: Visit, judged: None) -> Visitor:
    """Who sees it all."""
    return long_visit("eva")


def test_every_payload_is_shown_letter_by_letter_where_it_is_judged(visit: Visit) -> None:
    visitor = visit("eva")
    page = visitor.page
    visitor.go("Items")
    visitor.follow(page.get_by_role("link", name="all", exact=True))
    shown = page.locator("bdi.judged")
    expect(shown).to_have_count(len(PAYLOADS) + 1)
    assert shown.all_text_contents() == [*PAYLOADS, IMAGE]
    inert(page)


@pytest.mark.parametrize("name", PAGES)
def test_payloads_are_inert_on_the_pages_of_a_lead(name: str, manager: Visitor) -> None:
    manager.go(name)
    expect(manager.page.locator("h1")).to_be_visible()
    manager.page.wait_for_load_state("networkidle")
    if name == "Overview":
        expect(manager.page.get_by_text(IMAGE).first).to_be_visible()  # of who flagged
    inert(manager.page)


def test_payloads_of_people_and_of_a_juror_are_inert_where_a_dispute_is_decided(
    manager: Visitor,
) -> None:
    page = manager.page
    for number in range(ITEMS):
        manager.go("Adjudicate")
        if not number:
            manager.follow(page.get_by_role("button", name="Take the next one"))
        name = page.locator(".item-head h1")
        before = name.inner_text()
        page.get_by_text("Show jury").click()
        reason = page.locator(".opinion.jury", has_text=SCRIPT)
        expect(reason.first).to_be_visible()
        expect(page.locator(".opinion", has_text=IMAGE).first).to_be_visible()
        inert(page)
        manager.keys("m")
        for row in page.locator("tr[data-asked][data-kind=value]").all():
            row.locator(".final label").first.click()
        page.get_by_label("Note on the decision").fill(SCRIPT)
        page.get_by_label("The guide is clear").check(force=True)
        manager.follow(page.get_by_role("button", name="Save final label"))
        expect(page.get_by_text("Decided. The ruling is stored.")).to_be_visible()
        inert(page)
        manager.go("Items")
        manager.follow(page.locator("table.items").get_by_role("link", name=before[:20]))
        expect(page.get_by_role("region", name="Decision")).to_be_visible()
        expect(page.get_by_text(SCRIPT).first).to_be_visible()
        inert(page)


def test_a_file_named_and_filled_with_payloads_is_previewed_as_text(manager: Visitor) -> None:
    page = manager.page
    manager.go("Data")
    cell = SCRIPT.replace('"', '""')
    table = f'id,prompt,"{cell}"\n"{cell}","{cell}","{cell}"\n'
    page.get_by_label("A file of conversations").set_input_files(
        {
            "name": "<img src=x onerror=alert(1)>.csv",
            "mimeType": "text/csv",
            "buffer": table.encode(),
        }
    )
    manager.follow(page.get_by_role("button", name="Look at the file"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("onerror=alert(1)")
    inert(page)
