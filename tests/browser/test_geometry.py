"""What axe cannot see: things out of view, sideways scrolling, targets too small to hit."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Visit
from tests.browser.tour import STOPS, Tour

WIDTHS = (1440, 834, 390, 320)
SCREENS = ((1280, 720), (1366, 768), (1440, 900), (1920, 1080))
LABEL = [stop for stop in STOPS if stop[1].startswith("label")]

# A link in a sentence is excepted (WCAG 2.5.8), as is a box whose label is the target.
SMALL = """() => [...document.querySelectorAll('a, button, summary, select, textarea, input, label')]
  .filter((each) => each.checkVisibility({visibilityProperty: true, opacityProperty: true}))
  .filter((each) => !(each.matches('input') && each.closest('label')))
  .filter((each) => !(each.matches('label') && !each.querySelector('input, select, textarea')))
  .filter((each) => !(each.matches('a') && getComputedStyle(each).display === 'inline'))
  .map((each) => [each, each.getBoundingClientRect()])
  .filter(([each, box]) => box.right > 0 && box.bottom > 0 && box.width > 1)
  .filter(([each, box]) => Math.min(box.width, box.height) < 24)
  .map(([each, box]) => `${each.outerHTML.slice(0, 90)} ${box.width}x${box.height}`)"""
OUTSIDE = """() => {
  const box = document.querySelector('#submit').getBoundingClientRect();
  return box.top < 0 || box.left < 0 || box.bottom > innerHeight || box.right > innerWidth;
}"""


@pytest.fixture(scope="module")
def tour(long_visit: Visit) -> Tour:
    """A tour of all pages."""
    return Tour(long_visit)


def sideways(page: Page, width: int) -> int:
    """Return by how many pixels the page can be scrolled sideways at a width."""
    page.set_viewport_size({"width": width, "height": 800})
    more: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return max(more, 0)


@pytest.mark.parametrize(("who", "name"), STOPS)
def test_no_page_scrolls_sideways_at_any_width(who: str, name: str, *, tour: Tour) -> None:
    page = tour.stop(who, name).page
    assert {width: sideways(page, width) for width in WIDTHS} == dict.fromkeys(WIDTHS, 0)


@pytest.mark.parametrize(("who", "name"), LABEL)
def test_submit_is_in_view_and_nothing_on_the_label_page_is_too_small(
    who: str, name: str, *, tour: Tour
) -> None:
    page = tour.stop(who, name).page
    hidden = []
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        if page.evaluate(OUTSIDE):
            hidden.append((width, height))
    assert hidden == []
    small = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        small[width] = page.evaluate(SMALL)
    assert small == {width: [] for width in WIDTHS}
