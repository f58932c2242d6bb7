"""The way to every page, by clicks from `/`; each entry starts on the overview or at home."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from playwright.sync_api import expect

from tests.browser.visitor import Visitor

Way = Callable[[Visitor], None]
TABLE = {
    "name": "bowls.csv",
    "mimeType": "text/csv",
    "buffer": b"nr,prompt\n1,How many bowls are on the shelf?\n2,\n",
}


def home(visitor: Visitor) -> None:
    """Stay where everybody starts; who is not signed in is led to do so."""
    expect(visitor.page.locator("h1")).to_be_visible()


def follow(*names: str) -> Way:
    """Return the way along entries of the main navigation."""
    return lambda visitor: visitor.go(*names)


def link(way: Way, selector: str) -> Way:
    """Return a way with one more click at the end."""

    def go(visitor: Visitor) -> None:
        way(visitor)
        visitor.follow(visitor.page.locator(selector).first)

    return go


def label(*keys: str) -> Way:
    """Return the way to an item in hand, with keys pressed there."""

    def go(visitor: Visitor) -> None:
        visitor.go("Label")
        start = visitor.page.get_by_role("button", name="Start labeling")
        if start.count():
            start.click()
        visitor.ready()
        visitor.keys(*keys)

    return go


def dispute(visitor: Visitor) -> None:
    """Go to a dispute in hand."""
    visitor.go("Adjudicate")
    take = visitor.page.get_by_role("button", name="Take the next one")
    if take.count():
        visitor.follow(take)
    expect(visitor.page.locator(".matrix")).to_be_visible()


def open_dispute(visitor: Visitor) -> None:
    """Go to a dispute and choose, so that the jury shows."""
    dispute(visitor)
    visitor.keys("a")
    expect(visitor.page.get_by_text("Jury hidden")).to_have_count(0)


def jury_quality(visitor: Visitor) -> None:
    """Go to the quality page of people and jury."""
    visitor.go("Quality")
    visitor.follow(visitor.page.locator(".switchbar a", has_text=re.compile("jury")))
    expect(visitor.page.get_by_role("heading", name="Jurors against people")).to_be_visible()


def figures(visitor: Visitor) -> None:
    """Go to the what-if page and look at a panel."""
    visitor.go("Quality")
    page = visitor.page
    page.get_by_role("link", name="What if", exact=True).click()
    page.get_by_label("Policy", exact=True).select_option("panel")
    page.get_by_role("button", name="Show what would change").click()
    expect(page.locator("#whatif")).to_be_visible()


def upload(visitor: Visitor) -> None:
    """Go to the preview of a file."""
    visitor.go("Data")
    visitor.page.get_by_label("A file of conversations").set_input_files(TABLE)  # type: ignore[arg-type]
    visitor.follow(visitor.page.get_by_role("button", name="Look at the file"))
    expect(visitor.page.get_by_role("heading", name="Columns")).to_be_visible()


def account(visitor: Visitor) -> None:
    """Go to the account by the menu."""
    visitor.page.locator("details.menu summary").click()
    visitor.follow(visitor.page.get_by_role("link", name="Account", exact=True))
    expect(visitor.page.get_by_role("heading", name="Account", exact=True)).to_be_visible()


LEAD: Mapping[str, Way] = {
    "overview": follow("Overview"),
    "items": follow("Items"),
    "items of a state": link(follow("Overview"), ".funnel li:nth-child(2) a"),
    "item": link(follow("Items"), "table.items th a"),
    "adjudicate": follow("Adjudicate"),
    "dispute": dispute,
    "dispute with jury": open_dispute,
    "quality": follow("Quality"),
    "quality with jury": jury_quality,
    "what if": link(follow("Quality"), "a[href$='/what-if']"),
    "what if, panel": figures,
    "set aside": link(follow("Quality"), "a[href$='/set-aside']"),
    "set aside, preview": link(follow("People"), "a[href*='/set-aside?']"),
    "jury": follow("Jury"),
    "guidelines": follow("Guidelines"),
    "guideline": link(follow("Guidelines"), "main a[href*='/guidelines/']"),
    "data": follow("Data"),
    "upload": upload,
    "jobs": link(follow("Data"), "a[href$='/jobs']"),
    "releases": follow("Releases"),
    "release": link(follow("Releases"), "#releases a"),
    "people": follow("People"),
    "set-up": follow("Set-up"),
    "account": account,
    "password": link(account, "a[href$='/account/password']"),
    "label": label(),
    "label, unsafe": label("e", "a", "9"),
    "label, Other": label("e", "d", "y", "Escape"),
    "label, guide": label("g"),
    "label, keys": label("?"),
    "label, skip": label("]"),
}
ANNOTATOR: Mapping[str, Way] = {"home": home, "guidelines": follow("Guidelines")}
STRANGER: Mapping[str, Way] = {"login": home}
TOURS: Mapping[str, Mapping[str, Way]] = {"lead": LEAD, "you": ANNOTATOR, "": STRANGER}
STOPS = [(who, name) for who, ways in TOURS.items() for name in ways]


class Tour:
    """Visitors who stay, led from page to page."""

    def __init__(self, visit: Callable[[str], Visitor]) -> None:
        self._visit = visit
        self._visitors: dict[str, Visitor] = {}

    def stop(self, who: str, name: str) -> Visitor:
        """Lead somebody home and from there to a page; return them."""
        visitor = self._visitors.get(who)
        if visitor is None:
            visitor = self._visitors[who] = self._visit(who)
        else:
            self._home(visitor)
        TOURS[who][name](visitor)
        visitor.arrived()
        return visitor

    def _home(self, visitor: Visitor) -> None:
        visitor.page.set_viewport_size({"width": 1440, "height": 900})
        visitor.keys("Escape")
        visitor.follow(visitor.page.get_by_role("link", name="Concord, home"))
