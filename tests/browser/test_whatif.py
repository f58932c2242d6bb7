"""From `/` to the what-if page: figures, the slider, applying, looking, and rolling back."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.house import House

WORK = 60_000


def to_what_if(visitor: Visitor) -> Page:
    """Go to the page by clicks."""
    visitor.go("Quality")
    visitor.page.get_by_role("link", name="What if", exact=True).click()
    expect(visitor.page.get_by_role("heading", name="What if", exact=True)).to_be_visible()
    return visitor.page


def figure(page: Page, key: str) -> str:
    """Return a figure at the head of the page."""
    return page.locator(f"[data-k={key}]").inner_text()


def wait_for(page: Page, state: str) -> None:
    """Look again until the re-decision is in a state: a worker does it."""

    def there() -> bool:
        page.reload()
        return page.locator("#run .tag", has_text=state).count() > 0

    for _ in range(60):
        if there():
            return
        page.wait_for_timeout(1000)
    raise AssertionError(page.locator("#run").inner_text())


def choose_panel(page: Page) -> None:
    """Ask for the figures of a panel."""
    page.get_by_label("Policy", exact=True).select_option("panel")
    look = page.get_by_role("button", name="Show the options of the policy")
    if look.is_visible():  # without scripts
        look.click()
    page.get_by_label("Fewest people", exact=True).fill("2")
    page.get_by_role("button", name="Show what would change").click()
    expect(page.locator("#whatif")).to_be_visible()


def test_a_policy_is_looked_at_applied_and_rolled_back(visit: Visit, house: House) -> None:
    page = to_what_if(visit("lead"))
    before = house.result("verify", "--project", "sample")
    assert before["differences"] == 0
    choose_panel(page)
    page.locator("#price").focus()
    page.keyboard.press("Home")
    cheap = figure(page, "labels")
    expect(page.locator("#price-shown")).to_have_text("2")
    page.keyboard.press("End")
    expect(page.locator("#price-shown")).to_have_text("500")
    dear = figure(page, "labels")
    number = re.compile(r"\D")
    assert int(number.sub("", dear)) > int(number.sub("", cheap) or 0)
    expect(page.locator("#wish [name=option-cost]")).to_have_value("0.002")
    expect(page.locator("#apply [name=option-cost]")).to_have_value("0.002")
    again = figure(page, "again")
    page.get_by_role("button", name="Apply this policy").click()
    expect(page.get_by_text("The policy is in force.")).to_be_visible()
    wait_for(page, "Done")
    # Some of them were to be labeled again before, and somebody is waited for already.
    decided = re.search(r"([\d,]+) to label again", page.locator("#run").inner_text())
    assert decided is not None
    assert 0 < int(number.sub("", decided[1])) <= int(number.sub("", again))
    assert house.result("verify", "--project", "sample")["differences"] == 0
    page.get_by_role("button", name="Roll back to version 1").click()
    expect(page.get_by_text("The earlier policy is in force again")).to_be_visible()
    wait_for(page, "Rolled back")
    after = house.result("verify", "--project", "sample")
    for said in (before, after):
        said["checked"].pop("counts")  # how many rows they need depends on what was folded
    assert after == before
    expect(page.get_by_text("In force: majority, version 1.")).to_be_visible()


def test_the_same_without_scripts(visit: Visit) -> None:
    page = to_what_if(visit("lead", java_script_enabled=False))
    choose_panel(page)
    expect(page.locator("#price")).to_be_hidden()
    label = page.get_by_label("Price of a label")
    label.fill("0.5")
    page.get_by_role("button", name="Show what would change").click()
    few = figure(page, "labels")
    label.fill("0.002")
    page.get_by_role("button", name="Show what would change").click()
    assert figure(page, "labels") != few
    expect(page.get_by_role("button", name="Apply this policy")).to_be_enabled()


def test_a_policy_chosen_in_the_list_brings_its_options_at_once(visit: Visit) -> None:
    """And takes away figures that were another policy's; the keyboard stays where it was."""
    page = to_what_if(visit("lead"))
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_text("Under “Majority: two thirds")).to_be_visible()
    expect(page.get_by_label("Price of a label")).to_have_count(0)
    page.get_by_label("Policy", exact=True).focus()
    page.keyboard.press("End")
    expect(page.get_by_label("Price of a label")).to_be_visible()
    expect(page.locator("#whatif")).to_have_count(0)
    expect(page.get_by_label("Policy", exact=True)).to_be_focused()
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_text("Under “Calibrated panel: asks")).to_be_visible()


def test_the_figures_are_those_of_the_policy_chosen_without_scripts(visit: Visit) -> None:
    """Although the options below the list are still those of the policy in force."""
    page = to_what_if(visit("lead", java_script_enabled=False))
    page.get_by_label("Policy", exact=True).select_option("panel")
    expect(page.get_by_label("Price of a label")).to_have_count(0)
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_text("Under “Calibrated panel: asks")).to_be_visible()
    expect(page.get_by_label("Policy", exact=True)).to_have_value("panel")
    expect(page.get_by_label("Price of a label")).to_be_visible()


def test_what_is_wrong_is_said_at_its_field(visit: Visit) -> None:
    visitor = visit("lead")
    visitor.forgive("the server responded with a status of 400")
    page = to_what_if(visitor)
    field = page.get_by_label("Most votes")
    field.fill("many")
    page.get_by_role("button", name="Show what would change").click()
    expect(field).to_have_value("many")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#option-max_votes-note")).to_contain_text("must be a whole number")
    expect(page.locator("#whatif")).to_have_count(0)
