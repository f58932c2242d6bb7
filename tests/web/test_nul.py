"""The character NUL, which PostgreSQL refuses: a 400 or a 404, never a 500."""

from __future__ import annotations

import pytest

from tests.web.house import House

NUL = "a\x00b"


@pytest.mark.parametrize(
    "path",
    [
        "/projects/p1/items?search=a%00b",
        "/projects/p1/items?cursor=a%00b",
        "/projects/p1/items/a%00b",
        "/jobs/a%00b",
    ],
)
def test_in_an_address_it_is_refused(house: House, path: str) -> None:
    client = house.client("manager")
    client.raise_request_exception = False
    assert client.get(path).status_code in {400, 404}


@pytest.mark.parametrize("path", ["/login", "/projects/p1/label/claim"])
def test_in_a_form_it_is_refused(house: House, path: str) -> None:
    client = house.client("" if path == "/login" else "manager")
    client.raise_request_exception = False
    answer = client.post(path, {"username": NUL, "password": NUL, "comment": NUL})
    assert answer.status_code == 400
