"""Refusals as pages: one for each status, with the request's id."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from annotator.core.errors import DomainError

PAGES: Final = {403: "errors/403.html", 404: "errors/404.html"}


def refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Return the page of a refusal, with its status and, where one may try again, Retry-After."""
    page = PAGES.get(error.status, "errors/refused.html")
    context = {"message": error.message, "fields": error.fields}
    response = render(request, page, context, status=error.status)
    wait = error.details.get("retry_after")
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    return response
