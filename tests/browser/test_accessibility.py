"""axe finds nothing on any page, light and dark."""

from __future__ import annotations

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page

from tests.browser.conftest import Visit
from tests.browser.tour import STOPS, Tour

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

# Two frames, so that a change of theme has begun, and whatever it set in motion.
SETTLED = """async () => {
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  await Promise.allSettled(document.getAnimations().map((each) => each.finished));
}"""


@pytest.fixture(scope="module")
def tour(long_visit: Visit) -> Tour:
    """A tour of all pages."""
    return Tour(lambda who: long_visit(who, reduced_motion="reduce"))


def findings(page: Page) -> list[str]:
    """Return what axe finds twice running, or nothing, as rule: place.

    On a busy machine a change of theme may still be under way at the first look.
    """
    before: list[str] | None = None
    while True:
        page.evaluate(SETTLED)
        found = [
            f"{rule['id']}: {node['html'][:160]}"
            for rule in Axe().run(page).response["violations"]
            for node in rule["nodes"]
        ]
        if not found or found == before:
            return found
        before = found


@pytest.mark.parametrize(("who", "name"), STOPS)
def test_axe_finds_nothing_in_light_and_dark(who: str, name: str, *, tour: Tour) -> None:
    page = tour.stop(who, name).page
    found: dict[str, list[str]] = {}
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        found[theme] = findings(page)
    assert found == {theme: [] for theme in THEMES}
