"""Other targets and questions need a project file, and no code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.house import House

ITEMS = 3


def frozen(house: House, slug: str, folder: Path) -> list[dict[str, object]]:
    """Freeze a project and return the units of its export."""
    release = house.result("freeze", "--project", slug)
    path = folder / "units.jsonl"
    reference = f"{slug}/{release['release']}"
    house.manage("export", reference, "--format", "jsonl", "--shape", "units", "-o", str(path))
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def judge_pairs(visitor: Visitor) -> None:
    """Answer an item of two responses and two comparisons."""
    page = visitor.page
    expect(page.locator(".judge")).to_have_count(2)
    expect(page.locator(".verdict")).to_have_count(4)
    visitor.box("response_0-safety", "safe").check(force=True)
    visitor.box("response_1-safety", "unsafe").check(force=True)
    visitor.keys("i")
    visitor.box("pair-helpful", "second").check(force=True)
    visitor.box("pair-safer", "first").check(force=True)


def judge_talks(visitor: Visitor) -> None:
    """Answer an item that is judged as a whole."""
    page = visitor.page
    expect(page.locator(".judge")).to_have_count(1)
    expect(page.locator(".judge")).to_contain_text("Thank you.")
    expect(page.get_by_text("not judged)")).to_have_count(0)
    visitor.keys("e", "3")


@pytest.mark.parametrize(
    ("slug", "judge", "verdicts"),
    [
        ("pairs", judge_pairs, {"response_0": "safe", "response_1": "unsafe"}),
        ("talks", judge_talks, {"dialogue": "unsafe"}),
    ],
)
def test_it_is_set_up_by_a_file_labeled_in_the_browser_and_exported_by_command(
    slug: str,
    judge: object,
    verdicts: dict[str, str],
    *,
    house: House,
    visit: Visit,
    tmp_path: Path,
) -> None:
    assert callable(judge)
    visitor = visit("pat")
    name = visitor.start_labeling(slug.capitalize())
    for number in range(ITEMS):
        visitor.ready()
        judge(visitor)
        expect(visitor.page.locator("#need")).to_have_text("Ready to submit")
        before = name.inner_text()
        visitor.keys("Enter")
        if number + 1 < ITEMS:
            expect(name).not_to_have_text(before)
    expect(visitor.page.get_by_role("heading", name="That is everything for now")).to_be_visible()

    units = frozen(house, slug, tmp_path)
    found = {(unit["target"], unit["safety"]) for unit in units if unit["target"] in verdicts}
    assert found == set(verdicts.items())
    assert {unit["source"] for unit in units} == {"human_majority"}
    assert len(units) >= ITEMS * len(verdicts)
