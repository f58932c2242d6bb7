"""The base of every address of the API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final

from rest_framework.authentication import BaseAuthentication
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from annotator.accounts.queries import Actor
from annotator.api.authentication import (
    MayCall,
    SessionAuthentication,
    TokenAuthentication,
    caller_of,
)
from annotator.api.body import Body
from annotator.api.errors import handle
from annotator.api.parsing import StrictJson
from annotator.core.errors import Invalid

_FORMS: Final[dict[type[Body], Body]] = {}
"""One of each body: it keeps nothing of what it has read, and its fields are copied once."""


class AlwaysJson(BaseContentNegotiation):
    """The API speaks JSON whatever a client says it accepts; there are no browsable pages."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """Return the parser of the body's media type, None if there is none."""
        given = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == given), None)

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        """Return the first renderer."""
        first = next(iter(renderers))
        return first, first.media_type or ""


class Resource(APIView):
    """One address: strict JSON in, JSON out, unknown query parameters refused."""

    scope: ClassVar[str] = "account"
    """Which token scope covers it; `account` is in no token's scopes, only in unlimited ones."""
    query_keys: ClassVar[frozenset[str]] = frozenset()

    http_method_names = ["get", "head", "post", "put", "delete"]  # noqa: RUF012 - the framework's type
    authentication_classes: Sequence[type[BaseAuthentication]] = (
        TokenAuthentication,
        SessionAuthentication,
    )
    permission_classes: Sequence[type[BasePermission]] = (MayCall,)
    parser_classes: Sequence[type[BaseParser]] = (StrictJson,)
    renderer_classes = (JSONRenderer,)
    content_negotiation_class = AlwaysJson
    throttle_classes = ()

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Check who calls, then the query string."""
        super().initial(request, *args, **kwargs)
        self._check_query(request)

    def _check_query(self, request: Request) -> None:
        known = ", ".join(sorted(self.query_keys)) or "none"
        problems = {}
        for key in request.query_params:
            values = request.query_params.getlist(key)
            if key not in self.query_keys:
                problems[key] = f"Unknown parameter; known: {known}."
            elif len(values) > 1:
                problems[key] = "Given twice."
            elif "\x00" in values[0]:
                problems[key] = "Holds the character NUL."
        if problems:
            message = " ".join(f"{key[:100]}: {words}" for key, words in problems.items())
            raise Invalid(message, fields=problems)

    def get_exception_handler(self) -> Any:  # noqa: ANN401 - the framework's own signature
        """Return the one handler of errors."""
        return handle

    def actor(self, request: Request) -> Actor:
        """Return who calls."""
        return caller_of(request).actor

    def read(self, request: Request, body: type[Body]) -> Mapping[str, Any]:
        """Return the request's body, coerced. Raises ValidationError."""
        form = _FORMS.get(body)
        if form is None:
            form = _FORMS[body] = body()
        return dict(form.run_validation(request.data))
