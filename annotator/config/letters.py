"""What no page takes: the character NUL, which PostgreSQL refuses to store or to look for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

API: Final = "/api/"
NUL: Final = "\x00"


class RefuseNul:
    """Answers 400 to a page's address, query or form that holds NUL; the API has its own answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the view's answer."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> None:
        """Raise BadRequest before the view looks; a form is read by now, for its CSRF token."""
        if not request.path.startswith(API) and any(NUL in text for text in _texts(request)):
            raise BadRequest("NUL")


def _texts(request: HttpRequest) -> Iterator[str]:
    yield request.path
    given = (request.GET, request.POST) if request.method == "POST" else (request.GET,)
    for form in given:
        for name, values in form.lists():
            yield name
            yield from (str(value) for value in values)
