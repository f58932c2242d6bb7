"""One shape for every error: `{code, message, fields, request_id}`."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.core.errors import DomainError, NotFound, TooLarge, Unavailable, VersionConflict

log = logging.getLogger(__name__)

RETRY_AFTER: Final = "retry_after"
RETRY_SECONDS: Final[Mapping[int, int]] = {429: 60, 503: 2}

_CODES: Final[Mapping[int, str]] = {
    401: "not_authenticated",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    429: "throttled",
    503: "unavailable",
}


def body(
    request: Request | None, *, code: str, message: str, fields: Mapping[str, str] | None = None
) -> dict[str, object]:
    """Return the error's JSON; `request_id` is the one that the log and the header carry."""
    request_id = request.META.get("REQUEST_ID", "") if request is not None else ""
    return {
        "code": code,
        "message": message,
        "fields": dict(fields or {}),
        "request_id": request_id,
    }


def handle(error: Exception, context: Mapping[str, Any]) -> Response:
    """Return the answer to an error: the framework's setting EXCEPTION_HANDLER."""
    request: Request | None = context.get("request")
    known = _known(error)
    if isinstance(known, DomainError):
        return _of_domain(known, request)
    if known is None:
        log.error("an API call broke", exc_info=error)
        return _answer(request, 500, "An unexpected error; the log holds it.", code="internal")
    return _of_framework(known, request)


def _known(error: Exception) -> DomainError | exceptions.APIException | None:
    """Return an error as one that has a code; None for what nobody foresaw."""
    if isinstance(error, OperationalError | InterfaceError):
        log.error("the database did not answer", exc_info=error)
        return Unavailable("The database does not answer. Try again.")
    if isinstance(error, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return TooLarge("The request is too large.")
    if isinstance(error, Http404):
        return NotFound("There is no such address.")
    return error if isinstance(error, DomainError | exceptions.APIException) else None


def _of_framework(error: exceptions.APIException, request: Request | None) -> Response:
    if isinstance(error, exceptions.ValidationError):
        fields = dict(_flat(error.detail))
        message = " ".join(f"{name}: {text}" for name, text in fields.items())
        return _answer(request, 400, message, fields=fields)
    answer = _answer(request, _status(error), str(error.detail))
    challenge = getattr(error, "auth_header", None)
    if challenge:
        answer["WWW-Authenticate"] = challenge
    return answer


def _status(error: exceptions.APIException) -> int:
    """Return the status; a body of another media type is invalid like any other wrong body."""
    return 400 if isinstance(error, exceptions.UnsupportedMediaType) else error.status_code


def _of_domain(error: DomainError, request: Request | None) -> Response:
    answer = _answer(request, error.status, error.message, code=error.code, fields=error.fields)
    if isinstance(error, VersionConflict):
        answer.data |= error.details
    if RETRY_AFTER in error.details:
        answer["Retry-After"] = str(error.details[RETRY_AFTER])
    return answer


def _answer(
    request: Request | None,
    status: int,
    message: str,
    *,
    code: str = "",
    fields: Mapping[str, str] | None = None,
) -> Response:
    answer = Response(
        body(request, code=code or _CODES.get(status, "invalid"), message=message, fields=fields),
        status=status,
    )
    if status in RETRY_SECONDS:
        answer["Retry-After"] = str(RETRY_SECONDS[status])
    return answer


def _flat(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 - DRF's own nesting
    """Yield (field, sentence) of a nested validation error, the first sentence of each field."""
    if isinstance(detail, Mapping):
        for key, inner in detail.items():
            name = path if key == "non_field_errors" else f"{path}.{key}" if path else str(key)
            yield from _flat(inner, name)
    elif isinstance(detail, list):
        yield from _flat(detail[0] if detail else "is not valid.", path)
    else:
        yield path or "body", str(detail)
