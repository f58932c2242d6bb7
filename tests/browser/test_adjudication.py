"""A lead decides a dispute in a real browser."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.tour import dispute


def open_rows(page: Page) -> int:
    """Return how many verdicts of the final column are still empty."""
    rows: int = page.evaluate(
        "[...document.querySelectorAll('tr[data-asked][data-kind=value]')]"
        ".filter((row) => !row.querySelector('input:checked')).length"
    )
    return rows


def choose(page: Page) -> str:
    """Take the first person's value for every row by keys, one anew by a click; return that."""
    for _ in range(page.locator("tr[data-asked]").count()):
        page.keyboard.press("a")
        page.keyboard.press("ArrowDown")
    expect(page.get_by_text("Jury hidden")).to_have_count(0)
    expect(page.locator("td.jury:visible")).not_to_have_count(0)
    row = page.locator("tr[data-asked][data-kind=value]").first
    row.locator(".final label").first.click()
    expect(row.locator(".final input").first).to_be_checked()
    assert open_rows(page) == 0
    return row.locator(".final label").first.get_attribute("title") or ""


def test_a_lead_decides_a_dispute_and_the_item_page_shows_the_ruling(visit: Visit) -> None:
    visitor = visit("lead")
    page = visitor.page
    dispute(visitor)
    name = page.locator(".item-head h1")
    decided = name.inner_text()

    # Nobody has chosen yet: of the jury nothing can be seen.
    expect(page.get_by_text("Jury hidden")).to_be_visible()
    expect(page.locator("td.jury:visible, .opinion.jury:visible")).to_have_count(0)
    assert open_rows(page) > 0
    visitor.keys("Enter")
    expect(name).to_have_text(decided)  # incomplete: it stays

    verdict = choose(page)
    page.get_by_label("Note on the decision").fill("The rule is plain here.")
    visitor.keys("Escape")
    page.locator(".item-head").click()
    with visitor.another_page():
        visitor.keys("u", "Enter")
    expect(page.get_by_text("Decided. The ruling is stored.")).to_be_visible()
    expect(name).not_to_have_text(decided)

    visitor.go("Items")
    page.get_by_label("Item id begins with").fill(decided)
    visitor.follow(page.get_by_role("button", name="Find"))
    visitor.follow(page.get_by_role("link", name=decided, exact=True))
    decision = page.get_by_role("region", name="Decision")
    expect(decision).to_contain_text(verdict)
    expect(decision).to_contain_text("a decision of a lead")
    expect(page.locator(".page-head")).to_contain_text("Settled")
    expect(page.get_by_text("The rule is plain here.").first).to_be_visible()
