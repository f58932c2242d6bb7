"""One house and one browser for all tests; people are signed in once and start at `/`."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, StorageState, sync_playwright

from tests.browser import places
from tests.browser.juror import juror
from tests.browser.payloads import PAYLOADS
from tests.browser.visitor import WIDE, Visitor, enter, launch
from tests.house import House
from tests.services.ports import free_port

Visit = Callable[..., Visitor]


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house with the sample project and those of `places`, not served yet."""
    home = tmp_path_factory.mktemp("house")
    made = House(home)
    # The product's own settings: those of the tests would give every command a home of its own.
    made.environment.pop("DJANGO_SETTINGS_MODULE", None)
    made.environment["CONCORD_BIND"] = f"127.0.0.1:{free_port()}"
    with juror(PAYLOADS[0]) as port:
        made.environment["JURY_ALLOWED_HOSTS"] = f"127.0.0.1:{port}"
        made.manage("migrate")
        made.manage("sample")
        places.furnish(made, port)
        yield made
        made.close()
        for process in made.processes:
            if process.stdout is not None:
                process.stdout.close()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def address(house: House) -> str:
    """The address of the served house: web and jury run."""
    return house.serve()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def signed_in(house: House, address: str, browser: Browser) -> Callable[[str], StorageState]:
    """Return the cookies of a person, who signs in by a link the first time."""
    known: dict[str, StorageState] = {}

    def state(username: str) -> StorageState:
        if username not in known:
            context = browser.new_context()
            enter(context.new_page(), house.manage("login_link", username).split()[-1])
            known[username] = context.storage_state()
            context.close()
        return known[username]

    return state


def _open(
    browser: Browser, address: str, state: StorageState | None, options: dict[str, Any]
) -> Visitor:
    context = browser.new_context(
        **{"viewport": WIDE, "base_url": address, "storage_state": state, **options}
    )
    visitor = Visitor(context, context.new_page())
    visitor.watch()
    visitor.page.goto("/")
    return visitor


def _visits(
    browser: Browser, address: str, signed_in: Callable[[str], StorageState]
) -> Iterator[Visit]:
    """Open pages for people; at the end nothing may have gone wrong on any of them."""
    opened: list[Visitor] = []

    def visit(username: str = "", **options: Any) -> Visitor:
        state = signed_in(username) if username else None
        visitor = _open(browser, address, state, options)
        opened.append(visitor)
        return visitor

    yield visit
    complaints = [each for visitor in opened for each in visitor.complaints()]
    for visitor in opened:
        visitor.context.close()
    assert complaints == []


@pytest.fixture
def visit(
    browser: Browser, address: str, signed_in: Callable[[str], StorageState]
) -> Iterator[Visit]:
    """Open pages for the length of a test."""
    yield from _visits(browser, address, signed_in)


@pytest.fixture(scope="module")
def long_visit(
    browser: Browser, address: str, signed_in: Callable[[str], StorageState]
) -> Iterator[Visit]:
    """Open pages that all tests of a module use."""
    yield from _visits(browser, address, signed_in)
