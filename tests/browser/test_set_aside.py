"""From `/` to what is set aside: looked at, made, lifted; by clicks, by keyboard, without scripts."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.house import House


def to_preview(visitor: Visitor, page_name: str, words: re.Pattern[str]) -> Page:
    """Go to the preview of somebody's answers from a page that names them."""
    visitor.go(page_name)
    visitor.follow(visitor.page.get_by_role("link", name=words).first)
    expect(visitor.page.get_by_role("heading", name="What would change")).to_be_visible()
    return visitor.page


def settled_down(page: Page) -> None:
    """Look again until no run is under way: a worker does it."""
    for _ in range(60):
        page.reload()
        if page.locator("#run").count() == 0:
            return
        page.wait_for_timeout(1000)
    raise AssertionError(page.locator("#run").inner_text())


def fact(page: Page, name: str) -> int:
    """Return a figure of the preview."""
    row = page.locator(".facts div", has=page.get_by_text(name, exact=True))
    return int(row.locator("dd").inner_text().replace(",", ""))


def make(page: Page) -> None:
    """Say why, and set the answers aside."""
    page.get_by_label("Reason, named by releases").select_option("misunderstood")
    page.get_by_label("In your words").fill("Read the first version of the guideline.")
    page.get_by_role("button", name=re.compile(r"Set [\d,]+ answers aside")).click()
    expect(page.get_by_text("The answers are set aside.")).to_be_visible()


def test_a_persons_answers_go_and_come_back(visit: Visit, house: House) -> None:
    visitor = visit("lead")
    page = to_preview(visitor, "Quality", re.compile(r"^Set aside\s*: "))
    assert fact(page, "Count now") > 0
    fallen = fact(page, "Rulings that fall")
    opened = fact(page, "Seats that open for others")
    assert opened > 0
    seats = house.result("set_aside", "--project", "sample", "--list")
    assert seats == {"set_asides": []}
    make(page)
    settled_down(page)
    row = page.locator("section", has=page.locator("#in-force-h")).locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("The guideline was misunderstood")
    (listed,) = house.result("set_aside", "--project", "sample", "--list")["set_asides"]
    assert listed["in_force"]
    assert fallen >= 0
    assert house.result("verify", "--project", "sample")["differences"] == 0
    visitor.follow(page.get_by_role("button", name=re.compile("^Lift")))
    expect(page.get_by_text("The answers count again.")).to_be_visible()
    settled_down(page)
    expect(page.get_by_text("No answers are set aside.")).to_be_visible()
    assert house.result("verify", "--project", "sample")["differences"] == 0


def test_a_jurors_answers_by_keyboard_and_without_scripts(visit: Visit, house: House) -> None:
    visitor = visit("lead", java_script_enabled=False)
    visitor.page.get_by_role("navigation", name="Main").get_by_role(
        "link", name="Jury", exact=True
    ).click()
    visitor.page.get_by_role("link", name=re.compile("^Set its answers aside")).first.focus()
    visitor.keys("Enter")
    page = visitor.page
    expect(page.get_by_role("heading", name="What would change")).to_be_visible()
    page.get_by_label("On items of import").select_option("1")
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_label("On items of import")).to_have_value("1")
    page.get_by_label("Reason, named by releases").focus()
    visitor.keys("ArrowDown", "Tab")
    page.keyboard.type("It was asked with another key.")
    visitor.keys("Tab", "Enter")
    expect(page.get_by_text("The answers are set aside.")).to_be_visible()
    settled_down(page)
    page.get_by_role("button", name=re.compile("^Lift")).focus()
    visitor.keys("Enter")
    expect(page.get_by_text("The answers count again.")).to_be_visible()
    settled_down(page)
    assert house.result("verify", "--project", "sample")["differences"] == 0


def test_an_annotator_finds_no_trace(visit: Visit) -> None:
    visitor = visit("you")
    for html in (visitor.page.content(),):
        assert "set-aside" not in html.lower()
        assert "set aside" not in html.lower()
