"""The pictures of the README, from the sample project as it is. By hand:

`python -m tests.bench.shots [--out docs/img]`. Each must stay below 250 KB. Look at them
before keeping them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from annotator.sample.content import truths
from tests.browser.visitor import WIDE, Visitor, enter, launch
from tests.house import House
from tests.services.ports import free_port

MOST_BYTES = 250_000
ROOT = Path(__file__).resolve().parents[2]


def keep(page: Page, path: Path) -> None:
    """Take the picture and see that it is small."""
    page.screenshot(path=path)
    size = path.stat().st_size
    sys.stdout.write(f"{path}: {size} bytes\n")
    assert size < MOST_BYTES, path


def visitor(house: House, browser: Browser, username: str) -> Visitor:
    """Return somebody signed in, at home."""
    context = browser.new_context(viewport=WIDE, color_scheme="light", reduced_motion="reduce")
    found = Visitor(context, context.new_page())
    enter(found.page, house.manage("login_link", username).split()[-1])
    return found


def label(at: Visitor, path: Path) -> None:
    """Label what is plainly safe, skip what is not, up to an unsafe prompt that was refused."""
    known = {truth.external_id: truth.answers for truth in truths()}
    name = at.start_labeling()
    while True:
        at.ready()
        before = name.inner_text()
        answers = known[before]
        said = {target: answer.value for target, answer in answers.items()}
        named = "other" not in answers["prompt"].categories
        if named and said == {"prompt": "unsafe", "response": "safe"}:
            break
        safe = set(said.values()) == {"safe"}
        at.keys(*(["q", "a", "Enter"] if safe else ["]", "1"]))
        expect(name).not_to_have_text(before)
    at.page.reload()
    at.ready()
    at.keys("e", "a")
    for category in answers["prompt"].categories:
        at.page.locator(f'.catblock .cat[data-id="{category}"]').click()
    expect(at.page.locator("#saved")).to_have_text("Saved")
    at.page.mouse.move(0, 0)
    keep(at.page, path)


def lead(at: Visitor, folder: Path) -> None:
    """Show the overview and the quality page."""
    expect(at.page.get_by_text("95 % interval").first).to_be_visible()
    keep(at.page, folder / "lead.png")
    at.go("Quality")
    at.page.wait_for_load_state("networkidle")
    keep(at.page, folder / "quality.png")


def main() -> None:
    """Build a sample, serve it and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "img")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        house = House(Path(home))
        house.environment["CONCORD_BIND"] = f"127.0.0.1:{free_port()}"
        house.manage("migrate")
        house.manage("sample")
        try:
            house.serve()
            browser = launch(playwright)
            label(visitor(house, browser, "you"), out / "label.png")
            lead(visitor(house, browser, "lead"), out)
            browser.close()
        finally:
            house.close()


if __name__ == "__main__":
    main()
