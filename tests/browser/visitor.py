"""Somebody at a browser, and everything that must not happen to them."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Playwright,
    Response,
    ViewportSize,
    expect,
)

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
WIDE: ViewportSize = {"width": 1440, "height": 900}
# A form that is refused comes back with 400; Chromium notes that as an error of the network.
REFUSED = "the server responded with a status of 400"
SECONDS = 1000
PATIENCE = 20 * SECONDS


def launch(playwright: Playwright) -> Browser:
    """Start the system's Chromium; only root needs to leave its sandbox out."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    assert found, "no Chromium on the PATH"
    expect.set_options(timeout=PATIENCE)
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=found, args=arguments)


@dataclass
class Visitor:
    """A page of somebody signed in, watched for errors, dialogs and what it was sent."""

    context: BrowserContext
    page: Page
    trouble: list[str] = field(default_factory=list)
    forgiven: set[str] = field(default_factory=set)
    received: list[Response] = field(default_factory=list)

    def watch(self) -> None:
        """Note errors of console, scripts and server, refused content, and dialogs."""
        self.page.set_default_timeout(PATIENCE)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.trouble.append(f"error: {error}"))
        self.page.on("dialog", self._dialog)
        self.page.on("response", self._received)

    def _received(self, response: Response) -> None:
        self.received.append(response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.trouble.append(f"console: {message.text} at {message.location.get('url')}")

    def _dialog(self, dialog: object) -> None:
        self.trouble.append("a dialog opened")
        dialog.dismiss()  # type: ignore[attr-defined]

    def forgive(self, words: str) -> None:
        """Let errors with these words pass: the test provokes them."""
        self.forgiven.add(words)

    def complaints(self) -> list[str]:
        """Return what went wrong and was not provoked."""
        failed = [
            f"{response.status} {response.url}"
            for response in self.received
            if response.status >= 500 or response.status in {403, 404}
        ]
        return [
            each
            for each in (*self.trouble, *failed)
            if not any(words in each for words in self.forgiven)
        ]

    # What people do.

    def keys(self, *names: str) -> None:
        """Press keys, one after the other."""
        for name in names:
            self.page.keyboard.press(name)

    def arrived(self) -> None:
        """Wait until the page is loaded, with what it asks for by itself."""
        self.page.wait_for_load_state()
        expect(self.page.locator(".htmx-request, [hx-trigger=load] > p > .js-only")).to_have_count(
            0
        )

    @contextmanager
    def another_page(self) -> Iterator[None]:
        """What is done inside must bring another page: a click alone waits for none."""
        self.page.evaluate("document.documentElement.dataset.left = ''")
        yield
        expect(self.page.locator("html:not([data-left])")).to_be_attached()
        self.arrived()

    def follow(self, link: Locator) -> None:
        """Click on what leads to another page."""
        with self.another_page():
            link.click()

    def go(self, *names: str) -> None:
        """Follow links of the main navigation, one after the other."""
        for name in names:
            main = self.page.get_by_role("navigation", name="Main")
            self.follow(main.get_by_role("link", name=name, exact=True))

    def start_labeling(self, project: str = "") -> Locator:
        """Go from home to the labeling page and take an item; return its name's element."""
        name = self.page.locator("#item-name")
        again = self.page.get_by_role("link", name="Continue")
        if project:
            words = re.compile(rf"(Label|Continue)\s*: {project}")
            self.follow(self.page.get_by_role("link", name=words))
        elif again.count():
            self.follow(again)
        else:
            self.follow(self.page.get_by_role("button", name="Start labeling"))
        expect(name).to_be_visible()
        start = self.page.get_by_role("button", name="Start labeling")
        if start.count():
            start.click()
        expect(self.page.locator("#label-form")).to_be_visible()
        return name

    def box(self, field: str, value: str) -> Locator:
        """Return a named choice of the form."""
        return self.page.locator(f'#label-form input[name="{field}"][value="{value}"]')

    def ready(self) -> None:
        """Wait until the labeling page's scripts run."""
        expect(self.page.locator("#need")).not_to_be_empty()

    @contextmanager
    def next_item(self) -> Iterator[None]:
        """What is done inside must bring another item."""
        before = self.page.locator("#item-name").inner_text()
        yield
        expect(self.page.locator("#item-name")).not_to_have_text(before)
        self.ready()


def enter(page: Page, link: str) -> None:
    """Sign in by a one-time link: the only address that is ever typed."""
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/enter/" not in url)  # and until it is loaded
