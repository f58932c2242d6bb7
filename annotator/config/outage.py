"""What a request gets whose database did not answer: 503 with Retry-After, never a 500.

The API's own calls are answered by its exception handler; this is for pages, and for what breaks
before or after a view.
"""

from __future__ import annotations

import sys
from typing import Final

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.views.defaults import server_error

RETRY_SECONDS: Final = 2
API: Final = "/api/"


def broken(request: HttpRequest) -> HttpResponse:
    """Return the answer to a request that broke: Django's `handler500`.

    It asks nothing of the database: neither session nor person stands in its page.
    """
    if not isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return server_error(request)
    answer = _for_programs(request) if request.path.startswith(API) else _for_people()
    answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def _for_programs(request: HttpRequest) -> HttpResponse:
    body = {
        "code": "unavailable",
        "message": "The database does not answer. Try again.",
        "fields": {},
        "request_id": request.META.get("REQUEST_ID", ""),
    }
    return JsonResponse(body, status=503)


def _for_people() -> HttpResponse:
    return HttpResponse(loader.get_template("errors/outage.html").render(), status=503)
