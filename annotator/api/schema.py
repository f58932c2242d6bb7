"""GET /schema: the API described as OpenAPI, for whoever is signed in."""

from __future__ import annotations

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.authentication import MayCall, SessionAuthentication, TokenAuthentication
from annotator.api.resource import AlwaysJson


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema names the bearer token."""

    target_class = "annotator.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, object]:
        """Return the scheme."""
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema names the session cookie."""

    target_class = "annotator.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, object]:
        """Return the scheme; unsafe calls also send X-CSRFToken."""
        return {"type": "apiKey", "in": "cookie", "name": "session"}


class SchemaResource(SpectacularAPIView):
    """The OpenAPI document."""

    scope = "read"
    authentication_classes = (TokenAuthentication, SessionAuthentication)
    permission_classes = (MayCall,)
    renderer_classes = [OpenApiJsonRenderer]  # noqa: RUF012 - the parent's own type
    content_negotiation_class = AlwaysJson
    http_method_names = ("get", "head")

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Return the document."""
        answer: Response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]
        return answer
