"""The lead's pages in a real browser: overview, quality, import, release."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import REFUSED

WORK = 60_000


def number(text: str) -> int:
    """Return the number that a figure shows."""
    return int(re.sub(r"\D", "", text))


def test_the_five_states_add_up_to_what_was_imported_here_and_in_the_items_list(
    visit: Visit,
) -> None:
    visitor = visit("lead")
    page = visitor.page
    cells = page.locator(".funnel li")
    shown = {
        cells.nth(n).locator(".lab").inner_text(): number(cells.nth(n).locator("b").inner_text())
        for n in range(cells.count())
    }
    imported = shown.pop("Imported")
    assert len(shown) == 5
    assert sum(shown.values()) == imported
    assert page.locator(".page-head .lede").inner_text().startswith(f"{imported} items")
    lead = page.get_by_role("link", name=re.compile(r"Decide \d+ item"))
    assert number(lead.inner_text()) == shown["With a lead"]

    for state, count in shown.items():
        visitor.go("Overview")
        visitor.follow(page.locator(".funnel").get_by_role("link", name=state, exact=True))
        current = page.get_by_role("navigation", name="States").locator("[aria-current]")
        expect(current).to_have_text(re.compile(rf"{state}\s*{count}"))


def test_quality_opens_with_alpha_its_interval_and_every_category(visit: Visit) -> None:
    visitor = visit("lead")
    visitor.go("Quality")
    page = visitor.page
    expect(page.locator(".kpi").first).to_contain_text(re.compile(r"0\.\d+\s*0\.\d+ to 0\.\d+"))
    rows = page.locator(".forest-t tbody tr")
    expect(rows.filter(has_not_text="or finer")).to_have_count(22)
    visitor.follow(page.get_by_role("link", name="Response", exact=True))
    jury = page.get_by_role("link", name=re.compile("jury", re.IGNORECASE))
    visitor.follow(jury.and_(page.locator(".switchbar a")))
    expect(page.get_by_role("heading", name="Jurors against people")).to_be_visible()


def test_finer_categories_alone_and_what_votes_tell_are_a_click_away(visit: Visit) -> None:
    visitor = visit("lead")
    visitor.go("Quality")
    page = visitor.page
    visitor.follow(page.get_by_role("link", name="Fine-grained alone", exact=True))
    expect(page.locator(".kpi").first).to_contain_text(re.compile(r"0\.\d+\s*-?0\.\d+ to 0\.\d+"))
    expect(page.locator(".kpi").last).to_contain_text("none")
    table = page.get_by_role("table", name=re.compile("how far each rater", re.IGNORECASE))
    cells = table.locator("tbody tr td:nth-of-type(1)")
    told = [float(text.split()[0]) for text in cells.all_inner_texts()]
    assert told == sorted(told)
    assert told[0] < 0.4 < told[-1], "the sample has people whose votes tell little, and much"


def test_a_table_is_uploaded_mapped_imported_and_found_in_the_list(
    visit: Visit, tmp_path: Path
) -> None:
    table = tmp_path / "porridge.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["nr", "question", "answer"])
        rows.writerows(
            [f"porridge-{n}", f"How much oat for {n} bowls?", f"{n * 40} grams."]
            for n in range(1, 6)
        )
    visitor = visit("lead")
    visitor.go("Data")
    page = visitor.page
    page.get_by_label("A file of conversations").set_input_files(table)
    visitor.follow(page.get_by_role("button", name="Look at the file"))
    for column, ours in (("nr", "id"), ("question", "prompt"), ("answer", "response")):
        page.get_by_label(f"{column} becomes").select_option(value=ours)
    visitor.follow(page.get_by_role("button", name="Check again"))
    visitor.follow(page.get_by_role("button", name="Import 5 items"))
    job = page.locator("#jobs .job").first
    expect(job).to_contain_text("porridge.csv")
    expect(job.locator(".tag")).to_have_text("Done", timeout=WORK)
    visitor.go("Items")
    page.get_by_label("Item id begins with").fill("porridge-")
    visitor.follow(page.get_by_role("button", name="Find"))
    expect(page.locator("table.items tbody tr")).to_have_count(5)
    page.get_by_role("link", name="porridge-3").click()
    expect(page.get_by_text("How much oat for 3 bowls?").first).to_be_visible()


def test_a_release_is_frozen_against_its_gates_and_taken_away_as_a_file(visit: Visit) -> None:
    visitor = visit("lead")
    visitor.forgive(REFUSED)
    visitor.go("Releases")
    page = visitor.page
    freeze = page.get_by_role("button", name=re.compile("Freeze release"))
    release = number(freeze.inner_text())
    visitor.follow(freeze)
    expect(page.locator(".problem").first).to_be_visible()  # a shut gate asks for a reason
    for reason in page.locator("textarea[name]").all():
        reason.fill("A first look, for us alone.")
    visitor.follow(page.get_by_role("button", name=re.compile("Freeze release")))
    page.locator("#releases").get_by_role("link", name=f"Release {release}").click(timeout=WORK)
    expect(page.get_by_text("A first look, for us alone.").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile(r"Units\s+as jsonl")).click()
    lines = download.value.path().read_text(encoding="utf-8").splitlines()
    assert len(lines) > 100
    visitor.go("Overview")
    expect(page.get_by_text(f"export of release {release}").first).to_be_visible()
