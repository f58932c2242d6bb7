"""The lead's first five minutes in a fresh demo, in one piece, by clicks alone, light and dark."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visitor import WIDE, Visitor, enter
from tests.house import RUN, plain_environment
from tests.services import tied

Look = Callable[[str], None]
WORK = 60_000
LABELS = 3


@pytest.fixture
def link(tmp_path: Path) -> Iterator[str]:
    """The lead's one-time link, as `./run demo` prints it in an empty home."""
    words = [*RUN, "demo", "--home", str(tmp_path / "a home"), "--port", "0"]
    with subprocess.Popen(
        tied.command(words, ends_by=signal.SIGTERM),
        env=plain_environment(),
        stdout=subprocess.PIPE,
        text=True,
    ) as demo:
        try:
            assert demo.stdout is not None
            said = ""
            for line in demo.stdout:
                said += line
                if line.startswith("ready "):
                    break
            found = re.search(r"open as lead: (\S+)", said)
            assert found is not None, said
            yield found[1]
        finally:
            demo.send_signal(signal.SIGINT)
    assert demo.returncode == 0


def home(visitor: Visitor) -> None:
    """Go to where a lead begins: the sample's overview."""
    if not visitor.page.get_by_role("heading", name="The first five minutes").count():
        visitor.follow(visitor.page.get_by_role("link", name="Concord, home"))


def step(visitor: Visitor, title: str) -> None:
    """Go to the overview and take one of the first steps from there."""
    home(visitor)
    card = visitor.page.locator(".five li", has_text=title)
    visitor.follow(card.get_by_role("link").or_(card.get_by_role("button")))


def done(visitor: Visitor, steps: int) -> None:
    """See how many steps the card has ticked off."""
    home(visitor)
    expect(visitor.page.get_by_text(f"{steps} of 6 done")).to_be_visible()
    expect(visitor.page.locator(".five li.done")).to_have_count(steps)


def label_three(visitor: Visitor, look: Look) -> None:
    """Judge three items by keys, without a word of the jury."""
    step(visitor, "Label 3 items")
    look("label, start")
    visitor.page.get_by_role("button", name="Start labeling").click()
    for number in range(LABELS):
        visitor.ready()
        expect(visitor.page.get_by_text("(scripted)")).to_have_count(0)
        with visitor.next_item():
            visitor.keys("q", "a")
            expect(visitor.page.locator("#need")).to_have_text("Ready to submit")
            if not number:
                look("label")
            visitor.keys("Enter")


def see_what_votes_did(visitor: Visitor, look: Look) -> None:
    """Read the last item's votes and its decision in words."""
    step(visitor, "See what your votes did")
    page = visitor.page
    expect(page.get_by_role("region", name="Decision")).to_be_visible()
    expect(page.get_by_role("region", name="Votes")).to_contain_text("You (lead)")
    look("item")


def decide_one(visitor: Visitor, look: Look) -> None:
    """Decide a dispute: a value for each row, the jury after it, a rule, saved."""
    step(visitor, "Decide one dispute")
    page = visitor.page
    look("adjudicate")
    take = page.get_by_role("button", name="Take the next one")
    if take.count():
        visitor.follow(take)
    look("dispute")
    expect(page.locator(".opinion.jury:visible")).to_have_count(0)
    for row in page.locator("tr[data-asked][data-kind=value]").all():
        row.locator(".final label").first.click()
    expect(page.get_by_text("Jury hidden")).to_have_count(0)
    page.get_by_label("The guide is clear").check(force=True)
    look("dispute, decided")
    visitor.follow(page.get_by_role("button", name="Save final label"))
    expect(page.get_by_text("Decided. The ruling is stored.")).to_be_visible()


def check_a_number(visitor: Visitor, look: Look, folder: Path) -> None:
    """Find alpha with n and interval; take the votes away, and run what the page says."""
    step(visitor, "Check a number")
    page = visitor.page
    look("quality")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download votes").click()
    download.value.save_as(folder / "votes.csv")
    shown = page.locator(".kpi").first.inner_text()
    command = page.locator("code", has_text="run manage agreement").inner_text()
    said = subprocess.run(
        [*RUN, *command.split()[1:]],
        cwd=folder,
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    report = json.loads(said.stdout)
    low, high = report["ci95"]["alpha_ordinal"]
    assert f"{report['alpha_ordinal']:.3f}" in shown
    assert f"{low:.3f} to {high:.3f}" in shown
    assert f"n = {report['units']}" in shown


def freeze_and_export(visitor: Visitor, look: Look) -> None:
    """Override the shut gates with a reason, freeze, and take the units away."""
    step(visitor, "Freeze and export")
    page = visitor.page
    look("releases")
    for reason in page.locator("textarea[name]").all():
        reason.fill("The sample is not labeled to its end.")
    visitor.follow(page.get_by_role("button", name=re.compile("Freeze release 1")))
    frozen = page.locator("#releases").get_by_role("link", name="Release 1")
    expect(frozen).to_be_visible(timeout=WORK)
    visitor.follow(frozen)
    look("release")
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile(r"Units\s+as jsonl")).click()
    lines = download.value.path().read_text(encoding="utf-8").splitlines()
    assert len(lines) > 200


def walk(page: Page, link: str, look: Look, folder: Path) -> Visitor:
    """Take the six steps; return who took them."""
    visitor = Visitor(page.context, page)
    visitor.watch()
    enter(page, link)
    look("overview")
    done(visitor, 1)
    label_three(visitor, look)
    done(visitor, 2)
    see_what_votes_did(visitor, look)
    done(visitor, 3)
    decide_one(visitor, look)
    done(visitor, 4)
    check_a_number(visitor, look, folder)
    done(visitor, 5)
    freeze_and_export(visitor, look)
    done(visitor, 6)
    look("overview, done")
    return visitor


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_first_five_minutes_in_one_piece(
    theme: Literal["light", "dark"], link: str, browser: Browser, tmp_path: Path
) -> None:
    address = link.split("/enter/", maxsplit=1)[0]
    context = browser.new_context(viewport=WIDE, base_url=address, color_scheme=theme)
    page = context.new_page()
    heard: list[str] = []
    page.on("console", lambda message: heard.append(f"{message.type}: {message.text}"))
    visitor = walk(page, link, lambda _: None, tmp_path)
    ink = page.evaluate("getComputedStyle(document.body).color")
    brightness = sum(map(int, re.findall(r"\d+", ink)[:3])) / 3
    assert (brightness > 128) is (theme == "dark"), ink
    context.close()
    assert heard == []
    assert visitor.complaints() == []
